import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A producer: asks for a callback, waits for the result, does what its branch says.
 *
 * {@code java -cp 'target/kafka-libs/*' examples/java/Producer.java 15} asks for a callback in 15 seconds, of the sample
 * directory's skill 4715.
 */
class Producer {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String SERVERS = setting("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092");
    static final String COMMANDS = setting("COMMANDS_TOPIC", "callback.commands");
    static final String RESULTS = setting("RESULTS_TOPIC", "callback.results");
    /** The answer takes milliseconds, unless a server is away. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    public static void main(String[] arguments) throws Exception {
        long seconds = arguments.length > 0 ? Long.parseLong(arguments[0]) : 15;
        // Unique within tenant and source, and the same when this command is sent again: then it gets the same result
        // and makes no second callback. Best taken from what it is about, for instance the call and the script's step.
        String commandId = "java-" + UUID.randomUUID();
        // Comes back on the result, so that whoever waits finds it.
        String correlationId = "waiting-for-" + commandId;
        var command = Map.of(
                "securityUser", "su-1",
                "firstName", "Ana",
                "phoneNumber", "+1 415 555 2671",
                "skillId", "4715",
                "targetAgentId", "", // required, and empty for "whoever has the skill"
                "scheduleDate", Instant.now().plusSeconds(seconds).truncatedTo(ChronoUnit.SECONDS).toString());
        // Listen before asking, so that the result cannot come in between. A real producer has one such consumer and
        // keeps the requests that wait in a map by correlation id.
        try (var answers = listenAtTheEnd()) {
            send(commandId, correlationId, JSON.writeValueAsString(command));
            System.out.println("sent " + commandId);
            JsonNode result = waitForResult(answers, correlationId);
            if (result == null) {
                // Not refused: the service answers as soon as it can, and never twice. The same id again is safe.
                System.err.println("no result within " + PATIENCE + ": the command stays in its topic and will be answered");
                System.exit(1);
            }
            takeBranch(result);
        }
    }

    static void send(String commandId, String correlationId, String command) throws Exception {
        // Idempotent (the client's default): what it sends again after a lost acknowledgement is stored once.
        Map<String, Object> settings = Map.of("bootstrap.servers", SERVERS);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            // The key keeps one contact's commands in order: a cancel never overtakes the schedule command before it.
            var record = new ProducerRecord<>(COMMANDS, "contact-7", command);
            // A CloudEvent in binary mode: attributes in headers, data in the value.
            Map.of("ce_specversion", "1.0",
                    "ce_id", commandId,
                    "ce_source", "/examples/java",
                    "ce_type", "callback.schedule.v1",
                    "ce_correlationid", correlationId,
                    "content-type", "application/json")
                .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
            producer.send(record).get(); // waits until the broker has it
        }
    }

    static KafkaConsumer<String, String> listenAtTheEnd() {
        // No group: every producer has to see all results. `read_committed` shows each result once, whatever crashed;
        // without it (Java's default), those of aborted attempts would show, too.
        Map<String, Object> settings = Map.of("bootstrap.servers", SERVERS, "isolation.level", "read_committed");
        var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(RESULTS).stream()
                .map(found -> new TopicPartition(RESULTS, found.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position); // finds the ends now, not at the first poll
        return consumer;
    }

    static JsonNode waitForResult(KafkaConsumer<String, String> answers, String correlationId) throws Exception {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (Instant.now().isBefore(deadline)) {
            for (ConsumerRecord<String, String> record : answers.poll(Duration.ofMillis(200))) {
                var found = record.headers().lastHeader("ce_correlationid");
                if (found != null && correlationId.equals(new String(found.value(), StandardCharsets.UTF_8))) {
                    return JSON.readTree(record.value());
                }
            }
        }
        return null;
    }

    /** What a script does next. Its names are those of the action Schedule Callback. */
    static void takeBranch(JsonNode result) {
        String branch = result.get("branch").asText();
        if (branch.equals("Success")) {
            // Keep the id: a cancel or reschedule names the callback by it, or by this command's source and id.
            System.out.println("Success: callback " + result.get("callbackId") + " at " + result.get("scheduledFor").asText());
            return;
        }
        // InvalidPhoneNumber, InvalidScheduleDate: ask the caller again. InvalidSkillId, InvalidTargetAgentId,
        // InvalidSecurityUser: the script or the directory has to be mended. Default: anything else. Sending the same
        // command again changes nothing; a corrected one needs an id of its own.
        for (JsonNode violation : result.get("violations")) {
            System.out.println(branch + ": " + violation.get("field").asText() + ": " + violation.get("message").asText());
        }
    }

    static String setting(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
