// River on the work that README.md in the folder above describes.
//
//	store COUNT FIRST STEP: COUNT jobs, the first due at FIRST, the others STEP after each other (microseconds).
//	fire COUNT FIRST OUT: works until COUNT workers of jobs due at FIRST or later were called, and writes their lateness
//	to OUT (microseconds). Jobs due earlier are for warming up.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// How many jobs one COPY stores.
const chunk = 5_000

// Callback is what a job says.
type Callback struct {
	Due   int64  `json:"due"`
	Phone string `json:"phone"`
	Name  string `json:"name"`
	Notes string `json:"notes"`
}

// Kind names the job.
func (Callback) Kind() string { return "call_back" }

type callBack struct {
	river.WorkerDefaults[Callback]
	first    int64
	lateness []int64
	fired    atomic.Int64
	done     chan struct{}
}

func (worker *callBack) Work(_ context.Context, job *river.Job[Callback]) error {
	if job.Args.Due < worker.first {
		inTime(worker.first)
		return nil
	}
	place := worker.fired.Add(1)
	worker.lateness[place-1] = time.Now().UnixMicro() - job.Args.Due
	if int(place) == len(worker.lateness) {
		close(worker.done)
	}
	return nil
}

func main() {
	ctx := context.Background()
	if len(os.Args) != 5 {
		log.Fatalf("usage: %s store COUNT FIRST STEP | fire COUNT FIRST OUT", os.Args[0])
	}
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	check(err)
	// As graphile-worker has: fetching, completing in batches, scheduling and listening need no more.
	config.MaxConns = 25
	pool, err := pgxpool.NewWithConfig(ctx, config)
	check(err)
	defer pool.Close()
	switch count, first := number(os.Args[2]), number(os.Args[3]); os.Args[1] {
	case "store":
		store(ctx, pool, count, first, number(os.Args[4]))
	case "fire":
		fire(ctx, pool, count, first, os.Args[4])
	default:
		log.Fatalf("store or fire, not %s", os.Args[1])
	}
}

func store(ctx context.Context, pool *pgxpool.Pool, count, first, step int64) {
	driver := riverpgxv5.New(pool)
	migrator, err := rivermigrate.New(driver, nil)
	check(err)
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	check(err)
	client, err := river.NewClient[pgx.Tx](driver, &river.Config{})
	check(err)
	for stored := int64(0); stored < count; {
		var jobs []river.InsertManyParams
		for ; stored < count && len(jobs) < chunk; stored++ {
			due := first + stored*step
			notes := fmt.Sprintf("asked to be called about invoice %d, prefers Spanish, has called twice before", stored)
			jobs = append(jobs, river.InsertManyParams{
				Args:       Callback{Due: due, Phone: "+14155550100", Name: "Ana García", Notes: notes},
				InsertOpts: &river.InsertOpts{ScheduledAt: time.UnixMicro(due)},
			})
		}
		_, err = client.InsertManyFast(ctx, jobs)
		check(err)
	}
}

func fire(ctx context.Context, pool *pgxpool.Pool, count, first int64, out string) {
	worker := &callBack{first: first, lateness: make([]int64, count), done: make(chan struct{})}
	workers := river.NewWorkers()
	river.AddWorker(workers, worker)
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Workers: workers,
		// A fetch takes as many jobs as workers are free. They do nothing here, so a thousand cost little, and a fetch
		// brings enough that its round trip no longer counts.
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1_000}},
		// "Throughput is limited by this value" (river.Config, FetchCooldown: 100 ms), and with the other, which is 1 s,
		// lateness. At 10 ms neither counts, as for the others. The scheduler's own 5 s cannot be set.
		FetchCooldown:     10 * time.Millisecond,
		FetchPollInterval: 10 * time.Millisecond,
	})
	check(err)
	check(client.Start(ctx))
	inTime(first)
	<-worker.done
	check(client.Stop(ctx))
	file, err := os.Create(out)
	check(err)
	writer := bufio.NewWriter(file)
	for _, micros := range worker.lateness {
		fmt.Fprintln(writer, micros)
	}
	check(writer.Flush())
	check(file.Close())
}

func inTime(first int64) {
	if time.Now().UnixMicro() > first {
		fmt.Fprintln(os.Stderr, "river had not warmed up by the first instant")
		os.Exit(75)
	}
}

func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
