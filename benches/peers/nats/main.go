// NATS message schedules on the work that README.md in the folder above describes. The server runs in this process, its
// folder is NATS_FOLDER.
//
//	store COUNT FIRST STEP: COUNT schedules, the first due at FIRST, the others STEP after each other (microseconds).
//	fire COUNT FIRST OUT: runs until COUNT messages due at FIRST or later were published and have arrived at a consumer,
//	and writes their lateness to OUT (microseconds). Schedules due earlier are for warming up.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// How many publications wait for their acknowledgement at once; the server's default limit is above that.
const chunk = 2_000

// Callback is what a message says.
type Callback struct {
	Due   int64  `json:"due"`
	Phone string `json:"phone"`
	Name  string `json:"name"`
	Notes string `json:"notes"`
}

func main() {
	if len(os.Args) != 5 {
		log.Fatalf("usage: %s store COUNT FIRST STEP | fire COUNT FIRST OUT", os.Args[0])
	}
	broker, err := server.NewServer(&server.Options{
		// Clients of this process alone.
		DontListen: true,
		JetStream:  true,
		StoreDir:   os.Getenv("NATS_FOLDER"),
		NoSigs:     true,
		// fsync after each write (https://docs.nats.io/running-a-nats-service/configuration, `sync_interval: always`);
		// otherwise every two minutes, which is the default.
		SyncAlways: os.Getenv("NATS_SYNC") == "always",
	})
	check(err)
	broker.Start()
	if !broker.ReadyForConnections(30 * time.Second) {
		log.Fatal("the NATS server did not start")
	}
	connection, err := nats.Connect("", nats.InProcessServer(broker))
	check(err)
	stream, err := jetstream.New(connection, jetstream.WithPublishAsyncMaxPending(chunk))
	check(err)
	ctx := context.Background()
	_, err = stream.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:              "CALLBACKS",
		Subjects:          []string{"schedule.>", "due"},
		Storage:           jetstream.FileStorage,
		AllowMsgSchedules: true,
	})
	check(err)
	switch count, first := number(os.Args[2]), number(os.Args[3]); os.Args[1] {
	case "store":
		store(ctx, stream, count, first, number(os.Args[4]))
	case "fire":
		fire(ctx, stream, int(count), first, os.Args[4])
	default:
		log.Fatalf("store or fire, not %s", os.Args[1])
	}
	connection.Close()
	broker.Shutdown()
	broker.WaitForShutdown()
}

func store(ctx context.Context, stream jetstream.JetStream, count, first, step int64) {
	for stored := int64(0); stored < count; {
		var acknowledged []jetstream.PubAckFuture
		for ; stored < count && len(acknowledged) < chunk; stored++ {
			due := first + stored*step
			notes := fmt.Sprintf("asked to be called about invoice %d, prefers Spanish, has called twice before", stored)
			body, err := json.Marshal(Callback{Due: due, Phone: "+14155550100", Name: "Ana García", Notes: notes})
			check(err)
			message := nats.NewMsg(fmt.Sprintf("schedule.%d.%d", first, stored)) // A subject has one schedule.
			message.Data = body
			// The headers of ADR-51, https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-51.md
			message.Header.Set("Nats-Schedule", "@at "+time.UnixMicro(due).UTC().Format(time.RFC3339Nano))
			message.Header.Set("Nats-Schedule-Target", "due")
			future, err := stream.PublishMsgAsync(message)
			check(err)
			acknowledged = append(acknowledged, future)
		}
		for _, future := range acknowledged {
			select {
			case <-future.Ok():
			case err := <-future.Err():
				check(err)
			case <-ctx.Done():
				check(ctx.Err())
			}
		}
	}
}

func fire(ctx context.Context, stream jetstream.JetStream, count int, first int64, out string) {
	consumer, err := stream.OrderedConsumer(ctx, "CALLBACKS", jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{"due"},
		DeliverPolicy:  jetstream.DeliverNewPolicy,
	})
	check(err)
	messages, err := consumer.Messages()
	check(err)
	inTime(first)
	lateness := make([]int64, 0, count)
	for len(lateness) < count {
		message, err := messages.Next()
		check(err)
		arrived := time.Now().UnixMicro()
		var callback Callback
		check(json.Unmarshal(message.Data(), &callback))
		if callback.Due < first {
			inTime(first)
			continue
		}
		lateness = append(lateness, arrived-callback.Due)
	}
	messages.Stop()
	file, err := os.Create(out)
	check(err)
	writer := bufio.NewWriter(file)
	for _, micros := range lateness {
		fmt.Fprintln(writer, micros)
	}
	check(errors.Join(writer.Flush(), file.Close()))
}

func inTime(first int64) {
	if time.Now().UnixMicro() > first {
		fmt.Fprintln(os.Stderr, "nats had not warmed up by the first instant")
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
