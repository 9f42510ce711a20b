use std::time::Duration;

use tokio_postgres::config::Host;

use super::*;
use crate::config::Config;

fn read(url: &str, more: &str) -> Result<Connection, String> {
    let text = format!("[postgres]\nurl = \"{url}\"\n{more}");
    Config::from_sources(Some(("my.toml", &text)), [])
        .map(|config| config.postgres.connection)
        .map_err(|e| e.to_string())
}

fn mode(url: &str, more: &str) -> TlsMode {
    read(url, more).unwrap_or_else(|fault| panic!("{url} {more}: {fault}")).tls_mode(!more.is_empty())
}

#[test]
fn tls_is_required_unless_the_server_is_on_this_machine_or_the_url_says_no() {
    let root = "root_certificate_file = '/etc/ssl/ca.pem'";
    for (url, more, expected) in [
        ("postgresql://u@127.0.0.1/d", "", TlsMode::Disable),
        ("postgresql://u@localhost:5433/d", "", TlsMode::Disable),
        ("postgresql://u@[::1]/d", "", TlsMode::Disable),
        ("host=/run/postgresql user=u", "", TlsMode::Disable),
        ("postgresql://u@127.0.0.1,127.0.0.2/d?sslmode=prefer", "", TlsMode::Disable),
        ("host=db hostaddr=127.0.0.1 user=u", "", TlsMode::Disable),
        ("postgresql://u@db.internal/d", "", TlsMode::Full),
        ("postgresql://u@db.internal/d?sslmode=prefer", "", TlsMode::Full),
        ("postgresql://u@127.0.0.1,10.0.0.2/d", "", TlsMode::Full),
        ("host=localhost hostaddr=10.0.0.2 user=u", "", TlsMode::Full),
        ("postgresql://u@127.0.0.1/d?sslmode=require", "", TlsMode::Full),
        ("postgresql://u@127.0.0.1/d?sslmode=verify-full&sslrootcert=system", "", TlsMode::Full),
        ("postgresql://u@127.0.0.1/d?sslmode=verify-ca&sslrootcert=/ca.pem", "", TlsMode::Authority),
        ("postgresql://u@127.0.0.1/d?sslmode=verify-ca", root, TlsMode::Authority),
        ("postgresql://u@127.0.0.1/d", root, TlsMode::Full),
        ("postgresql://u@127.0.0.1/d?sslrootcert=/ca.pem", "", TlsMode::Full),
        ("postgresql://u@127.0.0.1/d?sslcert=/c.pem&sslkey=/k.pem", "", TlsMode::Full),
        ("postgresql://u@db.internal/d?sslmode=disable", "", TlsMode::Disable),
    ] {
        assert_eq!(mode(url, more), expected, "{url} {more}");
    }
}

#[test]
fn what_managed_databases_hand_out_is_taken_as_it_is() {
    for url in [
        // Amazon RDS and Aurora, Azure, Google Cloud SQL, Neon, Supabase, Aiven, Crunchy Bridge, CloudNativePG, Patroni.
        "postgresql://u:p@db.x.eu-west-1.rds.amazonaws.com:5432/d?sslmode=verify-full&sslrootcert=/etc/ssl/global-bundle.pem",
        "host=x.postgres.database.azure.com port=5432 dbname=d user=u password=p sslmode=require",
        "sslmode=verify-ca sslrootcert=server-ca.pem sslcert=client-cert.pem sslkey=client-key.pem hostaddr=10.0.0.2 port=5432 user=u dbname=d",
        "postgresql://u:p@ep-x.eu-central-1.aws.neon.tech/d?sslmode=require&channel_binding=require",
        "postgresql://u:p@aws-0-eu-west-1.pooler.supabase.com:5432/postgres?sslmode=verify-full&sslrootcert=prod-ca-2021.crt",
        "postgres://u:p@x.aivencloud.com:12691/defaultdb?sslmode=require",
        "postgresql://app:p@cluster-rw.ns:5432/app?connect_timeout=10&application_name=calls&fallback_application_name=x",
        "postgresql://u@a:5432,b:5432,c:5432/d?target_session_attrs=read-write&load_balance_hosts=random&gssencmode=prefer",
        "postgresql://u@a,b/d?target_session_attrs=primary&keepalives=1&keepalives_idle=5&keepalives_interval=2&keepalives_count=3",
        "postgresql://u@%2Fvar%2Frun%2Fpostgresql/d?target_session_attrs=any&sslmode=disable&client_encoding=UTF-8",
        "postgresql://u@h/d?sslnegotiation=direct&sslmode=require&sslsni=0&ssl_min_protocol_version=TLSv1.2&tcp_user_timeout=3000",
    ] {
        read(url, "").unwrap_or_else(|fault| panic!("{url}: {fault}"));
    }
}

#[test]
fn each_parameter_has_its_meaning() {
    let connection = read(
        "postgresql://u@a:1,[::1],/d?connect_timeout=3&tcp_user_timeout=2500&keepalives_idle=7&keepalives_count=2",
        "",
    );
    assert_eq!(
        connection.unwrap_err(),
        "my.toml:2: postgres.url: a host is written host:port, an IPv6 address in brackets; a / in a user, a password or a socket's folder is written %2F"
    );
    let connection =
        read("postgresql://u@a:1,[::1]/d?connect_timeout=3&tcp_user_timeout=2500&keepalives_idle=7&sslsni=0", "")
            .unwrap();
    assert_eq!(connection.servers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a:1", "[::1]:5432"]);
    assert_eq!(connection.connect_timeout, Some(Duration::from_secs(3)));
    assert_eq!(connection.config.get_tcp_user_timeout(), Some(&Duration::from_millis(2500)));
    assert_eq!(connection.keepalives_idle, Some(Duration::from_secs(7)));
    assert!(!connection.tls.names_the_server);
    let named =
        read("host=name,other hostaddr=10.0.0.1,10.0.0.2 port=7 application_name=a fallback_application_name=b", "");
    let named = named.unwrap();
    let server = |name: &str, address: &str| Server {
        host: Host::Tcp(name.to_owned()),
        address: Some(address.parse().unwrap()),
        port: 7,
    };
    assert_eq!(named.servers, [server("name", "10.0.0.1"), server("other", "10.0.0.2")]);
    assert_eq!(named.config.get_application_name(), Some("a"));
    assert_eq!(read("hostaddr=10.0.0.1 port=7", "").unwrap().servers, [server("10.0.0.1", "10.0.0.1")]);
    let socket = read("host=/run/pg", "").unwrap().servers;
    assert_eq!(socket, [Server { host: Host::Unix("/run/pg".into()), address: None, port: 5432 }]);
}

#[test]
fn what_cannot_be_had_is_refused_by_name_with_what_to_write_instead() {
    let root = "root_certificate_file = '/etc/ssl/ca.pem'";
    for (url, more, words) in [
        ("postgresql://h/d?sslmode=allow", "", "sslmode takes disable, prefer, require, verify-ca or verify-full"),
        ("postgresql://h/d?sslmode=verify-ca", "", "name its certificates by sslrootcert, or write verify-full"),
        ("postgresql://h/d?sslmode=verify-ca&sslrootcert=system", "", "or write verify-full"),
        ("postgresql://h/d?sslrootcert=/ca.pem", root, "sslrootcert is given beside postgres.root_certificate_file"),
        ("postgresql://h/d?sslcert=/c.pem", "", "sslcert and sslkey go together"),
        ("postgresql://h/d?sslcrl=/crl", "", "sslcrl cannot be had here: leave it out"),
        ("postgresql://h/d?passfile=/p", "", "passfile cannot be had here: write the password alone into a file"),
        ("service=x", "", "service cannot be had here: write what the service file says into postgres.url"),
        ("postgresql://h/d?gssencmode=require", "", "gssencmode takes disable or prefer"),
        ("postgresql://h/d?krbsrvname=x", "", "krbsrvname cannot be had here"),
        ("postgresql://h/d?require_auth=md5", "", "require_auth cannot be had here"),
        (
            "postgresql://h,i/d?target_session_attrs=standby",
            "",
            "target_session_attrs takes any, read-write or primary",
        ),
        ("postgresql://h/d?target_session_attrs=prefer-standby", "", "the service has to write"),
        ("postgresql://h/d?channel_binding=yes", "", "channel_binding takes disable, prefer or require"),
        ("postgresql://127.0.0.1/d?channel_binding=require", "", "channel_binding=require needs TLS"),
        ("postgresql://127.0.0.1/d?sslnegotiation=direct", "", "sslnegotiation=direct needs TLS"),
        ("postgresql://h/d?connect_timeout=5s", "", "connect_timeout takes a whole number"),
        ("postgresql://h/d?client_encoding=LATIN1", "", "client_encoding takes UTF8"),
        (
            "postgresql://h/d?pgbouncer=true",
            "",
            "pgbouncer cannot be had here: leave it out; only a pool in session mode",
        ),
        ("postgresql://h/d?schema=calls", "", "schema cannot be had here: write options=-c%20search_path%3D"),
        ("postgresql://h/d?colour=red", "", "there is no parameter colour of a connection: leave it out"),
        ("postgresql://h:1,i:2,j/d?port=1,2", "", "port is one for all hosts, or one for each of them"),
        ("host=a,b hostaddr=10.0.0.1", "", "as many of the one as of the other"),
        ("postgresql:///d", "", "it names no host"),
        ("host=@pg", "", "a host is a name, an IP address, or the folder of a socket"),
        ("jdbc:postgresql://h/d", "", "leave out `jdbc:`"),
    ] {
        let fault = read(url, more).expect_err(url);
        assert!(fault.starts_with("my.toml:2: postgres.url: ") && fault.contains(words), "{url}: {fault}");
    }
}
