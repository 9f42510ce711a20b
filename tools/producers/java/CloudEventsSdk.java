import static io.cloudevents.core.message.Encoding.BINARY;
import static io.cloudevents.core.message.Encoding.STRUCTURED;

import io.cloudevents.core.data.PojoCloudEventData;
import java.net.URI;
import java.time.ZoneOffset;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

// snippet: java-cloudevents
import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.jackson.JsonCloudEventData;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventSerializer;
// end

/** The CloudEvents SDK: {@code cloudevents-kafka} with the JSON format of {@code cloudevents-json-jackson}. */
class CloudEventsSdk extends Sending {
    CloudEventsSdk() {
        super("java-cloudevents", "io.cloudevents", "cloudevents-kafka");
    }

    // snippet: java-cloudevents
    static KafkaProducer<String, CloudEvent> producer(Encoding encoding) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", SERVERS,
                "key.serializer", StringSerializer.class,
                "value.serializer", CloudEventSerializer.class,
                CloudEventSerializer.ENCODING_CONFIG, encoding, // BINARY or STRUCTURED
                CloudEventSerializer.EVENT_FORMAT_CONFIG, JsonFormat.CONTENT_TYPE);
        return new KafkaProducer<>(settings);
    }

    static CloudEventBuilder event(String commandId, String type, JsonNode command) {
        return CloudEventBuilder.v1()
                .withId(commandId)
                .withSource(URI.create(SOURCE))
                .withType(type)
                .withTime(TIME)
                .withExtension("tenantid", TENANT)
                .withExtension("correlationid", CORRELATION)
                .withData("application/json", JsonCloudEventData.wrap(command));
    }

    static void send(KafkaProducer<String, CloudEvent> producer, CloudEvent event) throws Exception {
        producer.send(new ProducerRecord<>(TOPIC, KEY, event)).get();
    }
    // end

    private CloudEventBuilder schedule(String name) {
        return event(id(name), type("schedule"), data("schedule"));
    }

    void run() throws Exception {
        for (Encoding encoding : new Encoding[] {BINARY, STRUCTURED}) {
            String mode = encoding.name().toLowerCase();
            byte[] bytes = JSON.writeValueAsBytes(data("schedule"));
            try (var producer = producer(encoding)) {
                for (String command : new String[] {"schedule", "cancel", "reschedule"}) {
                    String name = mode + "-" + command;
                    send(producer, event(id(name), type(command), data(command)).build());
                    sent(name);
                }
                // Attributes of the type Integer, and a time of another zone.
                String name = mode + "-integers";
                send(producer, schedule(name).withExtension("tenantid", 7).withExtension("correlationid", 17).build());
                sent(name);
                name = mode + "-local-time";
                send(producer, schedule(name).withTime(TIME.withOffsetSameInstant(ZoneOffset.ofHours(1))).build());
                sent(name);
                // A whole minute, of which Java writes no seconds, and no fraction.
                name = mode + "-whole-minute";
                send(producer, schedule(name).withTime(TIME.withSecond(0).withNano(0)).build());
                sent(name);
                // Data as bytes of JSON, as an object of the program's, and as bytes of no type.
                name = mode + "-bytes";
                send(producer, schedule(name).withData("application/json", bytes).build());
                sent(name);
                name = mode + "-object";
                var object = PojoCloudEventData.wrap(JSON.treeToValue(data("schedule"), Map.class), JSON::writeValueAsBytes);
                send(producer, schedule(name).withData("application/json", object).build());
                sent(name);
                name = mode + "-bytes-no-content-type";
                send(producer, schedule(name).withoutDataContentType().withData(bytes).build());
                sent(name);
                name = mode + "-octet-stream";
                send(producer, schedule(name).withData("application/octet-stream", bytes).build());
                sent(name);
            }
        }
    }
}
