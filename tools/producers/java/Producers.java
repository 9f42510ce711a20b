/** Runs all of them, one after the other. */
class Producers {
    public static void main(String[] arguments) throws Exception {
        new CloudEventsSdk().run();
        new SpringKafka().run();
        new SpringCloud().run();
        new KafkaClient().run();
        KafkaTools.run();
    }
}
