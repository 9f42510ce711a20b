import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A router: takes callbacks that are due and queues each call once.
 *
 * {@code java -cp 'target/kafka-libs/*' examples/java/Router.java} goes on for ever; with {@code 3} it ends after three
 * events. The calls go to a file, which stands for the system that makes them: {@code CALLS_FILE}, or a new one in the
 * system's folder for such files.
 */
class Router {
    static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        long limit = arguments.length > 0 ? Long.parseLong(arguments[0]) : Long.MAX_VALUE;
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", setting("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"),
                "group.id", setting("ROUTER_GROUP", "router-java"),
                // Due events are written in transactions. Those of an aborted attempt must not ring anybody's phone; Java
                // would show them by default.
                "isolation.level", "read_committed",
                // A new group begins with what is there: a callback that came due before this router started is still owed.
                "auto.offset.reset", "earliest",
                // Committed by hand, after the call is queued: a crash in between brings the event again, never loses it.
                "enable.auto.commit", false);
        String kept = setting("CALLS_FILE", "");
        Path calls = kept.isEmpty() ? Files.createTempFile("router-java-", ".ndjson") : Path.of(kept);
        System.err.println("calls go to " + calls);
        Set<String> seen = seenBefore(calls);
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(setting("DUE_TOPIC", "callback.due")));
            for (long events = 0; events < limit;) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    queue(calls, seen, record);
                    var partition = new TopicPartition(record.topic(), record.partition());
                    consumer.commitSync(Map.of(partition, new OffsetAndMetadata(record.offset() + 1)));
                    events++;
                }
            }
        }
    }

    /**
     * The file holds the calls and the events they came from: both are stored or neither. In a real router, a table with
     * (source, id) as its primary key, written in the transaction that queues the call.
     */
    static void queue(Path calls, Set<String> seen, ConsumerRecord<String, String> record) throws Exception {
        String source = header(record, "ce_source");
        String id = header(record, "ce_id");
        // An event's source and id are the same however often it comes.
        if (!seen.add(source + " " + id)) {
            System.out.println("repeat " + id);
            return;
        }
        JsonNode event = JSON.readTree(record.value());
        String call = JSON.writeValueAsString(Map.of("source", source, "id", id, "event", event)) + "\n";
        Files.writeString(calls, call, StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.DSYNC);
        // The agent, if there is one, takes precedence; else anyone with the skill.
        JsonNode target = event.get("target");
        String type = target.get("type").asText();
        System.out.println("queued " + id + " for " + type + " " + target.get(type + "Id").asText());
    }

    static Set<String> seenBefore(Path calls) throws Exception {
        Set<String> seen = new HashSet<>();
        if (Files.exists(calls)) {
            for (String line : Files.readAllLines(calls)) {
                JsonNode call = JSON.readTree(line);
                seen.add(call.get("source").asText() + " " + call.get("id").asText());
            }
        }
        return seen;
    }

    static String header(ConsumerRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    static String setting(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
