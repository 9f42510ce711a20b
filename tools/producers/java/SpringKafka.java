import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.jackson.JsonFormat;
import java.net.URI;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.support.DefaultKafkaHeaderMapper;
import org.springframework.kafka.support.JsonKafkaHeaderMapper;
import org.springframework.kafka.support.KafkaHeaderMapper;
import org.springframework.kafka.support.converter.MessagingMessageConverter;
import org.springframework.kafka.support.serializer.JacksonJsonSerializer;

// snippet: java-spring-kafka
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.MessageBuilder;
// end

/** Spring for Apache Kafka: {@code KafkaTemplate}, with the header mappers that Spring has. */
class SpringKafka extends Sending {
    SpringKafka() {
        super("java-spring-kafka", "org.springframework.kafka", "spring-kafka");
    }

    // snippet: java-spring-kafka
    static Message<?> message(String commandId, String type, Object command) {
        return MessageBuilder.withPayload(command)
                .setHeader(KafkaHeaders.TOPIC, TOPIC)
                .setHeader(KafkaHeaders.KEY, KEY)
                .setHeader("ce_specversion", "1.0")
                .setHeader("ce_id", commandId)
                .setHeader("ce_source", SOURCE)
                .setHeader("ce_type", type)
                .setHeader("ce_time", TIME.toString())
                .setHeader("ce_tenantid", TENANT)
                .setHeader("ce_correlationid", CORRELATION)
                .setHeader("content-type", "application/json")
                .build();
    }

    static void send(KafkaTemplate<String, Object> template, Message<?> message) throws Exception {
        template.send(message).get();
    }
    // end

    static <V> KafkaTemplate<String, V> template(Serializer<V> serializer, KafkaHeaderMapper mapper) {
        Map<String, Object> settings = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, SERVERS);
        var factory = new DefaultKafkaProducerFactory<>(settings, new StringSerializer(), serializer);
        var template = new KafkaTemplate<>(factory);
        if (mapper != null) {
            var converter = new MessagingMessageConverter();
            converter.setHeaderMapper(mapper);
            template.setMessageConverter(converter);
        }
        return template;
    }

    static void close(KafkaTemplate<?, ?> template) {
        ((DefaultKafkaProducerFactory<?, ?>) template.getProducerFactory()).destroy();
    }

    /** The schedule command with headers that are objects, as `JsonKafkaHeaderMapper` writes as JSON. */
    private Message<?> withObjects(String name, Object payload) {
        return MessageBuilder.fromMessage(message(id(name), type("schedule"), payload))
                .setHeader("ce_source", URI.create(SOURCE))
                .setHeader("ce_time", TIME)
                .build();
    }

    void run() throws Exception {
        var json = new JacksonJsonSerializer<Object>();
        var template = SpringKafka.<Object>template(json, null); // as Spring Boot makes it
        for (String command : new String[] {"schedule", "cancel", "reschedule"}) {
            String name = "binary-" + command;
            send(template, message(id(name), type(command), map(data(command))));
            sent(name);
        }
        String name = "plain-schedule";
        template.send(TOPIC, KEY, map(plain(id(name), "schedule"))).get();
        sent(name);
        // JSON text through a serializer of JSON: a JSON string.
        name = "plain-json-in-a-string";
        template.send(TOPIC, KEY, JSON.writeValueAsString(plain(id(name), "schedule"))).get();
        sent(name);
        name = "binary-json-in-a-string";
        send(template, message(id(name), type("schedule"), JSON.writeValueAsString(data("schedule"))));
        sent(name);
        close(template);

        // Headers that are objects: JSON, the strings among them with their quotation marks.
        mapped("json-mapper", new JsonKafkaHeaderMapper());
        mapped("default-mapper", new DefaultKafkaHeaderMapper());
        var quoting = new JsonKafkaHeaderMapper();
        quoting.setEncodeStrings(true);
        mapped("json-mapper-encode-strings", quoting);
        name = "structured-content-type-in-quotation-marks";
        var event = CloudEventsSdk.event(id(name), type("schedule"), data("schedule")).build();
        var bytes = template(new ByteArraySerializer(), quoting);
        bytes.send(MessageBuilder.withPayload(new JsonFormat().serialize(event))
                .setHeader(KafkaHeaders.TOPIC, TOPIC)
                .setHeader(KafkaHeaders.KEY, KEY)
                .setHeader("content-type", "application/cloudevents+json")
                .build()).get();
        sent(name);
        close(bytes);
        var oldQuoting = new DefaultKafkaHeaderMapper();
        oldQuoting.setEncodeStrings(true);
        mapped("default-mapper-encode-strings", oldQuoting);
    }

    private void mapped(String how, KafkaHeaderMapper mapper) throws Exception {
        var template = SpringKafka.<Object>template(new JacksonJsonSerializer<Object>(), mapper);
        String name = how + "-schedule";
        send(template, message(id(name), type("schedule"), map(data("schedule"))));
        sent(name);
        name = how + "-objects";
        send(template, withObjects(name, map(data("schedule"))));
        sent(name);
        // An id that is a UUID, and numbers for the attributes that may be some.
        name = how + "-uuid-and-integers";
        var message = MessageBuilder.fromMessage(message(id(name), type("schedule"), map(data("schedule"))))
                .setHeader("ce_id", UUID.nameUUIDFromBytes(id(name).getBytes()))
                .setHeader("ce_tenantid", 7)
                .setHeader("ce_correlationid", 17L)
                .build();
        send(template, message);
        sent(name);
        close(template);
    }

    static Map<?, ?> map(JsonNode node) throws Exception {
        return JSON.treeToValue(node, java.util.LinkedHashMap.class);
    }
}
