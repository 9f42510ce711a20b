import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A router: takes callbacks that are due, queues each call once, and reports what came of it once.
 *
 * {@code java -cp 'target/kafka-libs/*' examples/java/Router.java} goes on for ever; with {@code 3} it ends after three
 * events. The calls go to a file, which stands for the system that makes them: {@code CALLS_FILE}, or a new one in the
 * system's folder for such files. What comes of every call is what {@code OUTCOME} says, {@code connected} if nothing
 * else.
 */
class Router {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String SERVERS = setting("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092");
    static final String COMMANDS = setting("COMMANDS_TOPIC", "callback.commands");
    static final String SECURITY_USER = setting("SECURITY_USER", "su-4");
    static final String OUTCOME = setting("OUTCOME", "connected");

    public static void main(String[] arguments) throws Exception {
        long limit = arguments.length > 0 ? Long.parseLong(arguments[0]) : Long.MAX_VALUE;
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", SERVERS,
                "group.id", setting("ROUTER_GROUP", "router-java"),
                // Due events are written in transactions. Those of an aborted attempt must not ring anybody's phone; Java
                // would show them by default.
                "isolation.level", "read_committed",
                // A new group begins with what is there: a callback that came due before this router started is still owed.
                "auto.offset.reset", "earliest",
                // Committed by hand, after the call is queued and reported: a crash in between brings the event again, and
                // never loses it.
                "enable.auto.commit", false);
        String kept = setting("CALLS_FILE", "");
        Path calls = kept.isEmpty() ? Files.createTempFile("router-java-", ".ndjson") : Path.of(kept);
        System.err.println("calls go to " + calls);
        Map<String, String> outcomes = outcomesBefore(calls);
        // Idempotent (the client's default): what it sends again after a lost acknowledgement is stored once, and in order.
        Map<String, Object> sending = Map.of("bootstrap.servers", SERVERS);
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
                var reports = new KafkaProducer<>(sending, new StringSerializer(), new StringSerializer())) {
            consumer.subscribe(List.of(setting("DUE_TOPIC", "callback.due")));
            for (long events = 0; events < limit;) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    route(calls, outcomes, reports, record);
                    var partition = new TopicPartition(record.topic(), record.partition());
                    consumer.commitSync(Map.of(partition, new OffsetAndMetadata(record.offset() + 1)));
                    events++;
                }
            }
        }
    }

    /**
     * The file holds the calls, the events they came from, and what came of them: all of it is stored or nothing. In a real
     * router, a table with (source, id) as its primary key, written in the transaction that queues the call.
     */
    static void route(Path calls, Map<String, String> outcomes, KafkaProducer<String, String> reports,
            ConsumerRecord<String, String> record) throws Exception {
        String source = header(record, "ce_source");
        String id = header(record, "ce_id");
        JsonNode event = JSON.readTree(record.value());
        // An event's source and id are the same however often it comes.
        if (outcomes.putIfAbsent(source + " " + id, OUTCOME) != null) {
            System.out.println("repeat " + id);
        } else {
            var call = Map.of("source", source, "id", id, "event", event, "outcome", OUTCOME);
            Files.writeString(calls, JSON.writeValueAsString(call) + "\n",
                    StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.DSYNC);
            // The agent, if there is one, takes precedence; else anyone with the skill.
            JsonNode target = event.get("target");
            String type = target.get("type").asText();
            System.out.println("queued " + id + " for " + type + " " + target.get(type + "Id").asText());
        }
        // Also for an event that came before: whether its reports were sent is not known. Their ids and contents are the
        // same, so they count once.
        String tenant = header(record, "ce_tenantid");
        report(reports, tenant, id, event, "accepted"); // it is queued: nobody else need be asked
        report(reports, tenant, id, event, outcomes.get(source + " " + id)); // a real router says so when the call is over
    }

    /** Returns when the broker has the report. */
    static void report(KafkaProducer<String, String> reports, String tenant, String id, JsonNode event, String outcome)
            throws Exception {
        String callback = event.get("callbackId").asText();
        // Only what is the same each time: the same id with another content is refused. So an `occurredAt` has to be stored
        // with the call.
        String report = JSON.createObjectNode()
                .put("securityUser", SECURITY_USER)
                .put("callbackId", event.get("callbackId").asLong())
                .put("attempt", event.get("attempt").asLong())
                .put("outcome", outcome)
                .toString();
        // The key keeps one callback's reports in order.
        var record = new ProducerRecord<>(COMMANDS, callback, report);
        Map.of("ce_specversion", "1.0",
                "ce_id", id + "." + outcome,
                "ce_source", "/examples/java",
                "ce_type", "callback.report.v1",
                "ce_tenantid", tenant,
                "content-type", "application/json")
            .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        reports.send(record).get();
        System.out.println("reported " + outcome + " of " + id);
    }

    static Map<String, String> outcomesBefore(Path calls) throws Exception {
        Map<String, String> outcomes = new HashMap<>();
        if (Files.exists(calls)) {
            for (String line : Files.readAllLines(calls)) {
                JsonNode call = JSON.readTree(line);
                outcomes.put(call.get("source").asText() + " " + call.get("id").asText(), call.get("outcome").asText());
            }
        }
        return outcomes;
    }

    static String header(ConsumerRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    static String setting(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
