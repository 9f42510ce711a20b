import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What the Java programs share: the commands, and a line for each record that was sent. */
class Sending {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String SERVERS = System.getenv("KAFKA_BOOTSTRAP_SERVERS");
    static final String TOPIC = System.getenv("COMMANDS_TOPIC");
    static final JsonNode GIVEN = read(new File(System.getenv("COMMANDS_FILE")));
    static final String SOURCE = GIVEN.get("source").asText();
    static final String TENANT = GIVEN.get("tenant").asText();
    static final String CORRELATION = GIVEN.get("correlation").asText();
    static final String KEY = GIVEN.get("key").asText();
    static final OffsetDateTime TIME = OffsetDateTime.parse(GIVEN.get("time").asText());

    final String library;
    final String artifact;
    private final String version;

    /** Names the records of one library; each record's command id is the library's name and its own. */
    Sending(String library, String group, String artifact) {
        this.library = library;
        this.artifact = artifact;
        this.version = version(group, artifact);
    }

    String id(String name) {
        return library + "." + name;
    }

    /** Says that the record is in the topic; in the order of the topic's offsets. */
    void sent(String name) {
        ObjectNode line = JSON.createObjectNode();
        line.put("library", library).put("package", artifact).put("version", version).put("case", name);
        System.out.println(line);
    }

    static String type(String command) {
        return GIVEN.get("commands").get(command).get("type").asText();
    }

    static JsonNode data(String command) {
        return GIVEN.get("commands").get(command).get("data");
    }

    /** A command in plain JSON: its attributes stand among its fields. */
    static ObjectNode plain(String id, String command) {
        ObjectNode plain = JSON.createObjectNode();
        plain.put("commandId", id).put("type", type(command)).put("source", SOURCE).put("tenantId", TENANT);
        plain.put("correlationId", CORRELATION).put("issuedAt", GIVEN.get("time").asText());
        return plain.setAll((ObjectNode) data(command));
    }

    /** Bytes of a command, as they are. */
    void send(String name, byte[] value) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", SERVERS);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, KEY, value)).get();
        }
        sent(name);
    }

    private static JsonNode read(File file) {
        try {
            return JSON.readTree(file);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** From the jar itself: its Maven properties, else its manifest, else its name. */
    private static String version(String group, String artifact) {
        String resource = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream stream = Sending.class.getResourceAsStream(resource)) {
            if (stream != null) {
                var properties = new Properties();
                properties.load(stream);
                return properties.getProperty("version");
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        for (String jar : System.getProperty("java.class.path").split(File.pathSeparator)) {
            String name = new File(jar).getName();
            if (name.matches(artifact + "-[0-9].*\\.jar")) {
                return name.substring(artifact.length() + 1, name.length() - ".jar".length());
            }
        }
        throw new IllegalStateException("no jar of " + artifact + " is on the class path");
    }
}
