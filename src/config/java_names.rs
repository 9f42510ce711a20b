//! Properties that Kafka's Java client has and librdkafka has not, or has by another name: what to write in their place.

/// The Java name, and what to write; a name in backticks is one that librdkafka takes.
const INSTEAD: [(&str, &str); 53] = [
    ("ssl.truststore.location", TRUST),
    ("ssl.truststore.password", TRUST),
    ("ssl.truststore.type", TRUST),
    ("ssl.truststore.certificates", "write `ssl.ca.pem`, or `ssl.ca.location` with a file of PEM"),
    (
        "ssl.keystore.type",
        "leave it out; `ssl.keystore.location` takes PKCS #12, and `ssl.certificate.location` with `ssl.key.location` PEM",
    ),
    ("ssl.keystore.certificate.chain", "write `ssl.certificate.pem`, or `ssl.certificate.location` with a file of PEM"),
    ("ssl.keystore.key", "write `ssl.key.pem`, or `ssl.key.location` with a file of PEM"),
    ("ssl.enabled.protocols", TLS),
    ("ssl.protocol", TLS),
    ("ssl.provider", TLS),
    ("ssl.keymanager.algorithm", TLS),
    ("ssl.trustmanager.algorithm", TLS),
    ("ssl.secure.random.implementation", TLS),
    ("ssl.engine.factory.class", TLS),
    ("security.providers", TLS),
    (
        "sasl.jaas.config",
        "write `sasl.username`, and its password into the file that kafka.password_file names; of Kerberos, `sasl.kerberos.principal` and `sasl.kerberos.keytab`",
    ),
    ("sasl.client.callback.handler.class", OAUTH),
    ("sasl.login.callback.handler.class", OAUTH),
    ("sasl.login.class", OAUTH),
    ("sasl.login.connect.timeout.ms", "leave it out"),
    ("sasl.login.read.timeout.ms", "leave it out"),
    ("sasl.login.refresh.window.factor", "leave it out"),
    ("sasl.login.refresh.window.jitter", "leave it out"),
    ("sasl.kerberos.ticket.renew.window.factor", "write `sasl.kerberos.min.time.before.relogin`"),
    ("sasl.kerberos.ticket.renew.jitter", "write `sasl.kerberos.min.time.before.relogin`"),
    ("key.serializer", SERVICE),
    ("value.serializer", SERVICE),
    ("key.deserializer", SERVICE),
    ("value.deserializer", SERVICE),
    ("interceptor.classes", SERVICE),
    ("partitioner.class", "write `partitioner`"),
    ("partitioner.ignore.keys", "write `partitioner`"),
    ("metric.reporters", METRICS),
    ("metrics.num.samples", METRICS),
    ("metrics.recording.level", METRICS),
    ("metrics.sample.window.ms", METRICS),
    ("auto.include.jmx.reporter", METRICS),
    ("max.poll.records", "leave it out; how much is taken at once follows what waits"),
    ("buffer.memory", "write `queue.buffering.max.kbytes`, in KiB"),
    ("max.request.size", "write `message.max.bytes`"),
    ("max.block.ms", "leave it out; a full queue is waited for"),
    ("fetch.max.wait.ms", "write `fetch.wait.max.ms`"),
    ("receive.buffer.bytes", "write `socket.receive.buffer.bytes`"),
    ("send.buffer.bytes", "write `socket.send.buffer.bytes`"),
    ("default.api.timeout.ms", "write `socket.timeout.ms`"),
    ("socket.connection.setup.timeout.max.ms", "write `socket.connection.setup.timeout.ms`"),
    ("metadata.max.idle.ms", "write `topic.metadata.propagation.max.ms`, or leave it out"),
    ("exclude.internal.topics", SERVICE),
    ("compression.gzip.level", "write `compression.level`"),
    ("compression.lz4.level", "write `compression.level`"),
    ("compression.zstd.level", "write `compression.level`"),
    ("schema.registry.url", SERVICE),
    ("specific.avro.reader", SERVICE),
];

const TRUST: &str = "write `ssl.ca.location`, a file of PEM without a password (keytool -exportcert -rfc writes one from a \
                     truststore)";
const TLS: &str = "leave it out; TLS is OpenSSL's, which `ssl.cipher.suites`, `ssl.curves.list` and its own configuration \
                   narrow down";
const OAUTH: &str = "leave it out; tokens of an identity provider take `sasl.oauthbearer.method` = \"oidc\", `sasl.oauthbearer.client.id` \
                     and `sasl.oauthbearer.token.endpoint.url`, in a program built with --features oidc";
const SERVICE: &str = "leave it out; what is read and written is the service's own";
const METRICS: &str = "leave it out; /metrics has the client's figures";

/// What to write in place of a name of the Java client; none where it is none, or librdkafka has it too.
pub(super) fn instead(name: &str) -> Option<&'static str> {
    INSTEAD.iter().find(|(java, _)| *java == name).map(|(_, instead)| *instead)
}

#[cfg(test)]
mod tests {
    use rdkafka::ClientConfig;
    use rdkafka::error::KafkaError;
    use rdkafka::types::RDKafkaConfRes;

    use super::*;

    /// Whether librdkafka has it: of some names of the Java client it only knows that it has not.
    fn is_known(name: &str) -> bool {
        let taken = ClientConfig::new().set(name, "no value that any of them takes").create_native_config().map(drop);
        match taken {
            Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)) => false,
            Err(KafkaError::ClientConfig(_, reason, ..)) => !reason.contains("Java") && !reason.contains("JAAS"),
            _ => true,
        }
    }

    #[test]
    fn librdkafka_has_none_of_the_names_and_all_that_stand_in_their_place() {
        let taken: Vec<_> = INSTEAD.iter().map(|(java, _)| *java).filter(|java| is_known(java)).collect();
        let names = INSTEAD.iter().flat_map(|(_, instead)| instead.split('`').skip(1).step_by(2));
        let missing: Vec<_> = names.filter(|name| !is_known(name)).collect();
        assert_eq!((taken, missing), (vec![], vec![]));
    }
}
