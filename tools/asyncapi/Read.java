import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;

/** Reads each message into its generated class and writes it again: nothing may be lost or changed. */
public class Read {
    public static void main(String[] arguments) throws Exception {
        ObjectMapper mapper = new ObjectMapper().registerModule(instants()).addMixIn(callback.Commands.class, OfItsClass.class);
        int read = 0;
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            String[] parts = line.split("\t", 2);
            JsonNode message = mapper.readTree(parts[1]);
            Object object = mapper.readValue(parts[1], Class.forName("callback." + parts[0]));
            JsonNode written = mapper.readTree(mapper.writeValueAsString(object));
            if (!written.equals(message)) {
                throw new IllegalStateException(parts[0] + " was " + message + " and came out as " + written);
            }
            read++;
        }
        System.out.println(read + " messages read by Java");
    }

    /** The generated union of all commands is told apart by their fields, which is impossible; the type says the class. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NONE)
    private interface OfItsClass {}

    /** Jackson's own module for instants is one more library. */
    private static SimpleModule instants() {
        return new SimpleModule()
                .addDeserializer(OffsetDateTime.class, new JsonDeserializer<>() {
                    @Override
                    public OffsetDateTime deserialize(JsonParser parser, DeserializationContext context) throws IOException {
                        return OffsetDateTime.parse(parser.getText());
                    }
                })
                .addSerializer(OffsetDateTime.class, new JsonSerializer<>() {
                    @Override
                    public void serialize(OffsetDateTime instant, JsonGenerator out, SerializerProvider provider) throws IOException {
                        String pattern = instant.getNano() == 0 ? "uuuu-MM-dd'T'HH:mm:ssX" : "uuuu-MM-dd'T'HH:mm:ss.SSSSSSX";
                        out.writeString(instant.format(DateTimeFormatter.ofPattern(pattern)));
                    }
                });
    }
}
