// graphile-worker on the work that README.md beside this folder describes.
// store COUNT FIRST STEP: COUNT jobs, the first due at FIRST, the others STEP after each other (microseconds).
// fire COUNT FIRST OUT: works until COUNT handlers of jobs due at FIRST or later were called, and writes their lateness
// to OUT (microseconds). Jobs due earlier are for warming up.
import { writeFileSync } from "node:fs";
import { Logger, makeWorkerUtils, run, runMigrations } from "graphile-worker";

const TASK = "call_back";
/** How many jobs one statement stores. */
const CHUNK = 5_000;

// Only what goes wrong is said: a line for each job would be measured, too.
const logger = new Logger(() => (level, message) => {
    if (level === "error" || level === "warning") console.error(message);
});

const worker = {
    connectionString: process.env.DATABASE_URL,
    // The four settings of https://worker.graphile.org/docs/performance, "Quick stats": the project's own fastest.
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
    // A job for later is found by polling alone (https://worker.graphile.org/docs/config, `pollInterval`: 2,000 ms), so
    // lateness is at least half of this. At 10 ms it no longer counts, and all peers that poll have the same.
    pollInterval: 10,
};

const now = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

async function store(count, first, step) {
    const options = { connectionString: worker.connectionString, logger };
    await runMigrations(options);
    const utils = await makeWorkerUtils(options);
    for (let stored = 0; stored < count; stored += CHUNK) {
        const jobs = Array.from({ length: Math.min(CHUNK, count - stored) }, (_, index) => {
            const due = first + (stored + index) * step;
            const notes = `asked to be called about invoice ${stored + index}, prefers Spanish, has called twice before`;
            const payload = { due, phone: "+14155550100", name: "Ana García", notes };
            // A Date has milliseconds; rounded up, so that nothing is due before its instant.
            return { identifier: TASK, payload, runAt: new Date(Math.ceil(due / 1_000)) };
        });
        await utils.addJobs(jobs);
    }
    await utils.release();
}

async function fire(count, first, out) {
    const lateness = [];
    const { promise: done, resolve } = withResolvers();
    const handler = ({ due }) => {
        if (due < first) {
            if (now() > first) tooLate();
            return;
        }
        lateness.push(now() - due);
        if (lateness.length === count) resolve();
    };
    const runner = await run({ preset: { worker }, logger, noHandleSignals: true, taskList: { [TASK]: handler } });
    if (now() > first) tooLate();
    await done;
    await runner.stop();
    writeFileSync(out, lateness.map((micros) => `${micros}\n`).join(""));
}

function tooLate() {
    console.error("graphile-worker had not warmed up by the first instant");
    process.exit(75);
}

/** `Promise.withResolvers` came with Node 22; this runs on 20, too. */
function withResolvers() {
    let resolve;
    const promise = new Promise((fulfil) => (resolve = fulfil));
    return { promise, resolve };
}

const [what, ...rest] = process.argv.slice(2);
if (what === "store") await store(...rest.map(Number));
else if (what === "fire") await fire(Number(rest[0]), Number(rest[1]), rest[2]);
else throw new Error(`store or fire, not ${what}`);
