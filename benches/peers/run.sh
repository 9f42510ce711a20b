#!/bin/sh
# Measures other schedulers on the work that README.md in this folder describes; `make peers` calls it.
# PEERS="graphile-worker db-scheduler river nats" BURST=100000 PENDING=100000 STEADY_SECONDS=60 ROUNDS=1 LEAD=30
# Results: target/bench/peers/results.json and results.md
set -eu

peers=${PEERS:-graphile-worker db-scheduler river nats}
burst=${BURST:-100000}
pending=${PENDING:-100000}
steady_seconds=${STEADY_SECONDS:-60}
rounds=${ROUNDS:-1}
# Seconds for starting a peer, besides those for storing its jobs.
lead=${LEAD:-30}
per_second=1000
# Jobs that are due at once, before those that count: a scheduler that has run for a while has its code compiled.
warm_up=5000
# Peers store at least this fast; one that turns out slower says so, and LEAD helps.
stored_a_second=2500

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
out=$project/target/bench/peers
build=$out/build
mkdir -p "$build"
folder=$(mktemp -d /tmp/peers.XXXXXX)
running=

say() { echo "$(date +%T) $*" >&2; }
fail() { say "$*"; exit 1; }
now() { date +%s; }

# PostgreSQL refuses to run as root: a user that owns nothing else then.
user=
if [ "$(id -u)" = 0 ]; then
    for name in postgres nobody; do
        if id "$name" >/dev/null 2>&1; then user=$name; break; fi
    done
    [ -n "$user" ] || fail "root needs a user postgres or nobody to run PostgreSQL as"
fi
as_user() {
    if [ -n "$user" ]; then
        (cd "$folder" && setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@")
    else
        (cd "$folder" && "$@")
    fi
}

# PG_BIN, else a folder of PATH, else Debian's folder of the newest version.
find_postgres() {
    for place in ${PG_BIN:-} $(echo "$PATH" | tr : ' ') $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
        if [ -x "$place/initdb" ] && [ -x "$place/pg_ctl" ] && [ -x "$place/psql" ]; then echo "$place"; return; fi
    done
    return 1
}

stop() {
    if [ -n "$running" ]; then
        as_user "$bin/pg_ctl" stop --silent --mode=immediate --pgdata "$folder/data" || true
    fi
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

start_postgres() {
    bin=$(find_postgres) || fail "PostgreSQL's programs (initdb, pg_ctl, psql) are missing: install postgresql, or set PG_BIN"
    [ -z "$user" ] || chown "$user" "$folder"
    as_user "$bin/initdb" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
        --pgdata "$folder/data" >"$folder/initdb.log" || fail "initdb failed: $(cat "$folder/initdb.log")"
    # As the service's own measurement sets it (benches/service/grounds.rs), so that both have the same server.
    cat >>"$folder/data/postgresql.conf" <<EOF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 300
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 512MB
max_wal_size = 8GB
checkpoint_timeout = 15min
EOF
    # Nothing tells a free port for sure: another one is tried when this one is taken.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
        if as_user "$bin/pg_ctl" start --silent --wait --pgdata "$folder/data" --log "$folder/postgres.log" \
            --options "-p $port"; then
            running=yes
            return
        fi
    done
    fail "PostgreSQL did not start: $(tail -5 "$folder/postgres.log")"
}

sql() { "$bin/psql" --no-psqlrc --quiet --tuples-only --no-align --host 127.0.0.1 --port "$port" --username postgres "$@"; }

needs() { command -v "$1" >/dev/null || fail "$1 is missing, which $2 needs; see benches/peers/README.md"; }

build_peer() {
    say "$1: fetched from its registry and built"
    case $1 in
    graphile-worker)
        needs npm "$1"
        mkdir -p "$build/$1"
        cp "$here/$1"/package.json "$here/$1"/package-lock.json "$here/$1"/peer.mjs "$build/$1/"
        (cd "$build/$1" && npm ci --ignore-scripts --no-audit --no-fund --silent)
        ;;
    db-scheduler)
        needs mvn "$1"
        needs javac "$1"
        mvn --batch-mode --quiet --file "$here/$1/pom.xml" compile dependency:copy-dependencies
        ;;
    river | nats)
        needs go "$1"
        (cd "$here/$1" && go build -trimpath -o "$build/$1" .)
        ;;
    *) fail "no peer is named $1" ;;
    esac
}

peer() {
    name=$1
    shift
    case $name in
    graphile-worker) node "$build/$name/peer.mjs" "$@" ;;
    db-scheduler)
        # A heap of fixed size, so that none of the figures is the heap's growth.
        java -Xms512m -Xmx512m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
            -cp "$build/$name/classes:$build/$name/dependency/*" peers.Peer "$@"
        ;;
    river | nats) "$build/$name" "$@" ;;
    esac
}

version() {
    case $1 in
    graphile-worker) sed -n 's/.*"graphile-worker": "\([0-9.]*\)".*/\1/p' "$here/$1/package.json" ;;
    db-scheduler) sed -n '/<artifactId>db-scheduler</{n;s/.*<version>\(.*\)<.*/\1/p;}' "$here/$1/pom.xml" ;;
    river) sed -n 's|.*riverqueue/river v\(.*\)|\1|p' "$here/$1/go.mod" | head -1 ;;
    nats) sed -n 's|.*nats-server/v2 v\(.*\)|\1|p' "$here/$1/go.mod" | head -1 ;;
    esac
}

# Rows inserted, updated, deleted so far in the peer's database, and bytes of write-ahead log of the server.
written() {
    sql --field-separator ' ' --dbname "$database" --command "
        select coalesce(sum(n_tup_ins), 0), coalesce(sum(n_tup_upd), 0), coalesce(sum(n_tup_del), 0),
            pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') from pg_stat_user_tables"
}

# Brings the tables to rest, so that no upkeep of theirs falls into a measurement: the service has the same.
settle() { sql --dbname "$database" --command "vacuum (analyze)" --command checkpoint; }

uses_postgres() { [ "$1" != nats ]; }

# One scenario of one peer: jobs are stored, the peer starts, their instants come, it ends after the last.
play() {
    name=$1 scenario=$2 count=$3 step=$4 round=$5
    first=$((($(now) + lead + count / stored_a_second) * 1000000))
    say "$name, $scenario $round/$rounds: $count jobs are stored"
    peer "$name" store "$warm_up" $(($(now) * 1000000)) 0
    peer "$name" store "$count" "$first" "$step"
    before= after=
    if uses_postgres "$name"; then settle; before=$(written); fi
    load=$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo null)
    lateness=$folder/lateness
    peer "$name" fire "$count" "$first" "$lateness" || fail "$name did not do it; LEAD=$((lead * 2)) gives it more time"
    if uses_postgres "$name"; then after=$(written); fi
    sort -n "$lateness" | awk -v peer="$name" -v version="$(version "$name")" -v scenario="$scenario" -v round="$round" \
        -v pending="$pending" -v step="$step" -v load="$load" -v before="$before" -v after="$after" \
        -v jobs=$((count + warm_up)) '
        { late[NR] = $1 / 1000 }
        # The nearest rank, as benches/service/report.rs has it.
        function quantile(share) { return late[1 + int(share * (NR - 1) + 0.5)] }
        function each(column) { return after == "" ? "null" : sprintf("%.2f", (ended[column] - began[column]) / jobs) }
        END {
            if (NR == 0) exit 1
            split(before, began, " "); split(after, ended, " ")
                printf "{\"peer\": \"%s\", \"version\": \"%s\", \"scenario\": \"%s\", \"round\": %d, \"jobs\": %d, ", \
                peer, version, scenario, round, NR
            printf "\"pending\": %d, \"least_ms\": %.1f, \"p50_ms\": %.1f, \"p99_ms\": %.1f, \"max_ms\": %.1f, ", \
                pending, late[1], quantile(0.5), quantile(0.99), late[NR]
            # From the instant until the last handler is called; a steady run has the pace of its jobs.
            printf "\"jobs_per_second\": %s, ", step == 0 ? sprintf("%.0f", NR * 1000 / late[NR]) : "null"
            printf "\"rows_inserted\": %s, \"rows_updated\": %s, \"rows_deleted\": %s, \"wal_bytes\": %s, ", \
                each(1), each(2), each(3), each(4)
            printf "\"load_before\": %s}\n", load
        }' | tee -a "$folder/results"
}

measure() {
    name=$1
    database=$(echo "$name" | tr - _)
    if uses_postgres "$name"; then
        [ -n "$running" ] || start_postgres
        sql --dbname postgres --command "create database $database"
        # The drivers differ in what they take.
        export DATABASE_URL="postgresql://postgres@127.0.0.1:$port/$database"
        export JDBC_URL="jdbc:postgresql://127.0.0.1:$port/$database"
    else
        export NATS_FOLDER="$folder/nats"
    fi
    if [ "$pending" != 0 ]; then
        say "$name: $pending jobs are stored, to wait"
        # From tomorrow on, one a second.
        peer "$name" store "$pending" $((($(now) + 86400) * 1000000)) 1000000
    fi
    round=1
    while [ "$round" -le "$rounds" ]; do
        [ "$burst" = 0 ] || play "$name" burst "$burst" 0 "$round"
        [ "$steady_seconds" = 0 ] || play "$name" steady $((per_second * steady_seconds)) $((1000000 / per_second)) "$round"
        round=$((round + 1))
    done
    if uses_postgres "$name"; then sql --dbname postgres --command "drop database $database"; fi
}

# The machine and what else it does, since lateness depends on both.
machine() {
    processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1)
    server="no PostgreSQL"
    [ -z "$running" ] || server="PostgreSQL $(sql --dbname postgres --command 'show server_version'), fsync on"
    echo "$(nproc) × ${processor:-unknown processor}, Linux $(uname -r), $(date -u +%Y-%m-%dT%H:%MZ)," \
        "$server; NATS writes to disk ${NATS_SYNC:-every two minutes}"
}

page() {
    echo "$(machine). Milliseconds after the instant; rows and bytes of write-ahead log a job."
    echo
    echo "| peer | scenario | round | jobs | p50 | p99 | max | jobs/s | inserted | updated | deleted | WAL bytes | load before |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    sed 's/^{//; s/}$//; s/"//g; s/null/–/g' "$folder/results" | awk -F ', ' '
        { for (i = 1; i <= NF; i++) { split($i, pair, ": "); value[pair[1]] = pair[2] }
          print "| " value["peer"] " " value["version"] " | " value["scenario"] " | " value["round"] " | " value["jobs"] \
              " | " value["p50_ms"] " | " value["p99_ms"] " | " value["max_ms"] " | " value["jobs_per_second"] " | " \
              value["rows_inserted"] " | " value["rows_updated"] " | " value["rows_deleted"] " | " value["wal_bytes"] \
              " | " value["load_before"] " |" }'
}

for name in $peers; do build_peer "$name"; done
for name in $peers; do measure "$name"; done
{ echo "["; sed '$!s/$/,/; s/^/  /' "$folder/results"; echo "]"; } >"$out/results.json"
page >"$out/results.md"
cat "$out/results.md"
say "written to target/bench/peers: results.json and results.md"
