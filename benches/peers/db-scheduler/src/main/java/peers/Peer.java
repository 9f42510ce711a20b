package peers;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.SchedulableInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * db-scheduler on the work that README.md in the folder above describes.
 *
 * <p>{@code store COUNT FIRST STEP}: COUNT tasks, the first due at FIRST, the others STEP after each other (microseconds).
 *
 * <p>{@code fire COUNT FIRST OUT}: works until COUNT handlers of tasks due at FIRST or later were called, and writes their
 * lateness to OUT (microseconds). Tasks due earlier are for warming up.
 */
public final class Peer {
    /** Each completion is a commit of its own: with so many at once, several share one write to the log. */
    private static final int THREADS = 50;

    /** The table as the project's README gives it for PostgreSQL. */
    private static final String TABLE =
            """
            create table if not exists scheduled_tasks (
                task_name text not null, task_instance text not null, task_data bytea,
                execution_time timestamptz not null, picked boolean not null, picked_by text,
                last_success timestamptz, last_failure timestamptz, consecutive_failures int,
                last_heartbeat timestamptz, version bigint not null, priority smallint,
                primary key (task_name, task_instance));
            create index if not exists execution_time_idx on scheduled_tasks (execution_time);
            create index if not exists last_heartbeat_idx on scheduled_tasks (last_heartbeat);
            """;

    /** What a callback says. */
    public record Callback(long due, String phone, String name, String notes) implements Serializable {}

    private Peer() {}

    public static void main(String[] arguments) throws Exception {
        long count = Long.parseLong(arguments[1]);
        long first = Long.parseLong(arguments[2]);
        try (HikariDataSource database = database()) {
            switch (arguments[0]) {
                case "store" -> store(database, count, first, Long.parseLong(arguments[3]));
                case "fire" -> fire(database, Math.toIntExact(count), first, arguments[3]);
                default -> throw new IllegalArgumentException("store or fire, not " + arguments[0]);
            }
        }
    }

    private static HikariDataSource database() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(System.getenv("JDBC_URL"));
        config.setUsername("postgres");
        // One for each thread, and some for polling and heartbeats, so that none waits for another.
        config.setMaximumPoolSize(THREADS + 5);
        // A batch becomes one statement (https://jdbc.postgresql.org/documentation/use, reWriteBatchedInserts).
        config.addDataSourceProperty("reWriteBatchedInserts", "true");
        return new HikariDataSource(config);
    }

    private static void store(HikariDataSource database, long count, long first, long step) throws SQLException {
        try (var connection = database.getConnection(); var statement = connection.createStatement()) {
            statement.execute(TABLE);
        }
        OneTimeTask<Callback> task = task(callback -> {});
        Stream<SchedulableInstance<?>> instances = LongStream.range(0, count).mapToObj(index -> {
            long due = first + index * step;
            String notes = "asked to be called about invoice " + index + ", prefers Spanish, has called twice before";
            Callback callback = new Callback(due, "+14155550100", "Ana García", notes);
            // Names are unique for a task: the first instant tells this lot from others.
            return SchedulableInstance.of(task.instance(first + "-" + index, callback), instant(due));
        });
        SchedulerClient.Builder.create(database, task).build().scheduleBatch(instances);
    }

    private static void fire(HikariDataSource database, int count, long first, String out)
            throws IOException, InterruptedException {
        long[] lateness = new long[count];
        AtomicInteger fired = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(count);
        OneTimeTask<Callback> task = task(callback -> {
            if (callback.due() < first) {
                inTime(first);
                return;
            }
            lateness[fired.getAndIncrement()] = now() - callback.due();
            done.countDown();
        });
        Scheduler scheduler = Scheduler.create(database, task)
                .threads(THREADS)
                // "Precision depends on pollingInterval" (README, 10 s); at 10 ms it no longer counts, as for the others.
                .pollingInterval(Duration.ofMillis(10))
                // The README's "Polling strategy lock-and-fetch", its numbers for high throughput: one statement finds and
                // marks up to four tasks a thread, and the next is sent when one a thread is left.
                .pollUsingLockAndFetch(1.0, 4.0)
                .build();
        scheduler.start();
        inTime(first);
        done.await();
        scheduler.stop();
        try (PrintWriter writer = new PrintWriter(out)) {
            for (long micros : lateness) {
                writer.println(micros);
            }
        }
    }

    private static void inTime(long first) {
        if (now() > first) {
            System.err.println("db-scheduler had not warmed up by the first instant");
            Runtime.getRuntime().halt(75);
        }
    }

    private static OneTimeTask<Callback> task(Consumer<Callback> handler) {
        return Tasks.oneTime("call-back", Callback.class).execute((instance, context) -> handler.accept(instance.getData()));
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
