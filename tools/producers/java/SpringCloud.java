import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.spring.messaging.CloudEventMessageConverter;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.cloud.stream.binder.kafka.common.BinderHeaderMapper;
import org.springframework.messaging.support.MessageBuilder;

// snippet: java-spring-cloud
import org.springframework.cloud.function.cloudevent.CloudEventMessageBuilder;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
// end

/** CloudEvents in Spring: the SDK's message converter, Spring Cloud Function's builder, Spring Cloud Stream's mapper. */
class SpringCloud extends Sending {
    SpringCloud() {
        super("java-spring-cloud", "org.springframework.cloud", "spring-cloud-stream-binder-kafka");
    }

    // snippet: java-spring-cloud
    static Message<byte[]> message(String commandId, String type, byte[] command) {
        return CloudEventMessageBuilder.withData(command)
                .setId(commandId)
                .setSource(SOURCE)
                .setType(type)
                .setTime(TIME)
                .setHeader("ce-tenantid", TENANT)
                .setHeader("ce-correlationid", CORRELATION)
                .setHeader(KafkaHeaders.KEY, KEY)
                .setHeader(MessageHeaders.CONTENT_TYPE, "application/json")
                .build(); // attributes are headers with `ce-`
    }
    // end

    void run() throws Exception {
        // The binder's own mapper, as it is made where the application has none.
        var template = SpringKafka.template(new ByteArraySerializer(), new BinderHeaderMapper());
        template.setDefaultTopic(TOPIC);
        for (String command : new String[] {"schedule", "cancel", "reschedule"}) {
            String name = "binary-" + command;
            template.send(message(id(name), type(command), JSON.writeValueAsBytes(data(command)))).get();
            sent(name);
        }
        // The builder's other prefix.
        String name = "binary-for-kafka";
        template.send(CloudEventMessageBuilder.withData(JSON.writeValueAsBytes(data("schedule")))
                .setId(id(name)).setSource(SOURCE).setType(type("schedule")).setTime(TIME)
                .setHeader("ce_tenantid", TENANT).setHeader("ce_correlationid", CORRELATION)
                .setHeader(KafkaHeaders.KEY, KEY)
                .build("ce_")).get();
        sent(name);
        // Structured mode: the event is the payload, the content type a header of Spring's name.
        name = "structured-schedule";
        var event = CloudEventsSdk.event(id(name), type("schedule"), data("schedule")).build();
        byte[] structured = new JsonFormat().serialize(event);
        template.send(MessageBuilder.withPayload(structured)
                .setHeader(KafkaHeaders.KEY, KEY)
                .setHeader(MessageHeaders.CONTENT_TYPE, "application/cloudevents+json").build()).get();
        sent(name);
        SpringKafka.close(template);

        // The SDK's converter, through KafkaTemplate's default mapper.
        var converted = SpringKafka.template(new ByteArraySerializer(), null);
        converted.setDefaultTopic(TOPIC);
        name = "sdk-converter-schedule";
        var from = CloudEventsSdk.event(id(name), type("schedule"), data("schedule")).build();
        var headers = new MessageHeaders(Map.of(KafkaHeaders.KEY, KEY));
        converted.send(new CloudEventMessageConverter().toMessage(from, headers)).get();
        sent(name);
        SpringKafka.close(converted);
    }
}
