import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.tools.LineMessageReader;

/** What comes with Kafka: its console producer and Connect's JsonConverter. */
class KafkaTools {
    static void run() throws Exception {
        new Console().run();
        new Connect().run();
    }

    /** The console producer's reader of lines, as its options set it. */
    static class Console extends Sending {
        Console() {
            super("java-console-producer", "org.apache.kafka", "kafka-tools");
        }

        void run() throws Exception {
            String name = "plain-line";
            lines(name, Map.of(), JSON.writeValueAsString(plain(id(name), "schedule")) + "\n");
            name = "plain-line-with-key";
            lines(name, Map.of("parse.key", "true"),
                    KEY + "\t" + JSON.writeValueAsString(plain(id(name), "schedule")) + "\n");
            name = "binary-line-with-headers";
            String headers = "ce_specversion:1.0,ce_id:" + id(name) + ",ce_source:" + SOURCE + ",ce_type:" + type("schedule")
                    + ",ce_tenantid:" + TENANT + ",content-type:application/json";
            lines(name, Map.of("parse.key", "true", "parse.headers", "true"),
                    headers + "\t" + KEY + "\t" + JSON.writeValueAsString(data("schedule")) + "\n");
            // A pretty-printed file: a record for each of its lines.
            name = "pretty-printed";
            lines(name, Map.of(), plain(id(name), "schedule").toPrettyString().lines().limit(2).reduce("", (a, b) -> a + b + "\n"));
            // A blank line at the end.
            name = "empty-line";
            lines(name, Map.of(), "\n");
        }

        private void lines(String name, Map<String, String> options, String text) throws Exception {
            var reader = new LineMessageReader();
            var settings = new java.util.HashMap<String, String>(options);
            settings.put("topic", TOPIC);
            reader.configure(settings);
            Map<String, Object> producing = Map.of("bootstrap.servers", SERVERS);
            int lines = 0;
            try (var producer = new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer())) {
                var records = reader.readRecords(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
                while (records.hasNext()) {
                    producer.send(records.next()).get();
                    lines += 1;
                    sent(lines == 1 ? name : name + "-" + lines);
                }
            }
            reader.close();
        }
    }

    /** Kafka Connect's JsonConverter. */
    static class Connect extends Sending {
        Connect() {
            super("java-connect-json", "org.apache.kafka", "connect-json");
        }

        void run() throws Exception {
            for (boolean schemas : new boolean[] {true, false}) {
                String name = schemas ? "with-schemas" : "without-schemas";
                var converter = new JsonConverter();
                converter.configure(Map.of("schemas.enable", String.valueOf(schemas)), false);
                var fields = plain(id(name), "schedule");
                var builder = SchemaBuilder.struct().name("Command");
                fields.fieldNames().forEachRemaining(field -> builder.field(field, Schema.OPTIONAL_STRING_SCHEMA));
                // Columns of a table that are NULL.
                builder.field("caption", Schema.OPTIONAL_STRING_SCHEMA);
                Schema schema = builder.build();
                var struct = new Struct(schema);
                fields.properties().forEach(field -> struct.put(field.getKey(), field.getValue().asText()));
                send(name, converter.fromConnectData(TOPIC, schema, struct));

                name += "-of-text";
                String text = JSON.writeValueAsString(plain(id(name), "schedule"));
                send(name, converter.fromConnectData(TOPIC, Schema.STRING_SCHEMA, text));

                name = (schemas ? "with" : "without") + "-schemas-tombstone";
                send(name, converter.fromConnectData(TOPIC, null, null));
            }
            headers();
        }

        /** Headers through the same converter, as `header.converter`: JSON strings. */
        private void headers() throws Exception {
            String name = "binary-headers";
            var converter = new JsonConverter();
            converter.configure(Map.of("schemas.enable", "false", "converter.type", "header"));
            var attributes = new TreeMap<>(Map.of(
                    "ce_id", id(name), "ce_source", SOURCE, "ce_type", type("schedule"), "ce_tenantid", TENANT,
                    "ce_correlationid", CORRELATION, "ce_time", TIME.toString()));
            byte[] value = JSON.writeValueAsBytes(data("schedule"));
            var record = new ProducerRecord<>(TOPIC, KEY, value);
            attributes.forEach((header, text) ->
                    record.headers().add(header, converter.fromConnectHeader(TOPIC, header, Schema.STRING_SCHEMA, text)));
            Map<String, Object> settings = Map.of("bootstrap.servers", SERVERS);
            try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
                producer.send(record).get();
            }
            sent(name);
        }
    }
}
