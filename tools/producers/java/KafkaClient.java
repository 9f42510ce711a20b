// snippet: java-kafka-clients
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
// end
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's own producer, without a library for events. */
class KafkaClient extends Sending {
    KafkaClient() {
        super("java-kafka-clients", "org.apache.kafka", "kafka-clients");
    }

    // snippet: java-kafka-clients
    static void send(KafkaProducer<String, String> producer, String commandId, String type, String command)
            throws Exception {
        var record = new ProducerRecord<>(TOPIC, KEY, command);
        Map.of("ce_specversion", "1.0",
                "ce_id", commandId,
                "ce_source", SOURCE,
                "ce_type", type,
                "ce_time", TIME.toString(),
                "ce_tenantid", TENANT,
                "ce_correlationid", CORRELATION,
                "content-type", "application/json")
            .entrySet().stream().sorted(Map.Entry.comparingByKey())
            .forEach(header -> record.headers()
                    .add(header.getKey(), header.getValue().getBytes(StandardCharsets.UTF_8)));
        producer.send(record).get();
    }
    // end

    void run() throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", SERVERS);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (String command : new String[] {"schedule", "cancel", "reschedule"}) {
                String name = "binary-" + command;
                send(producer, id(name), type(command), JSON.writeValueAsString(data(command)));
                sent(name);
                name = "plain-" + command;
                producer.send(new ProducerRecord<>(TOPIC, KEY, JSON.writeValueAsString(plain(id(name), command)))).get();
                sent(name);
            }
            // A whole minute: `OffsetDateTime.toString` leaves the seconds out.
            String name = "plain-whole-minute";
            var command = plain(id(name), "schedule").put("issuedAt", TIME.withSecond(0).withNano(0).toString());
            producer.send(new ProducerRecord<>(TOPIC, KEY, JSON.writeValueAsString(command))).get();
            sent(name);
        }
    }
}
