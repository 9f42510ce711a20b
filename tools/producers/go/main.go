// The CloudEvents SDK of Go with its Sarama binding, and Sarama alone.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime/debug"
	"sort"
	"time"

	// snippet: go-cloudevents
	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	// end
)

type commands struct {
	Source, Tenant, Correlation, Key string
	Time                             time.Time
	Commands                         map[string]struct {
		Type string
		Data json.RawMessage
	}
}

var (
	servers = []string{os.Getenv("KAFKA_BOOTSTRAP_SERVERS")}
	topic   = os.Getenv("COMMANDS_TOPIC")
	given   commands
)

// snippet: go-cloudevents
func newClient() (cloudevents.Client, error) {
	config := sarama.NewConfig()
	config.Version = sarama.V2_0_0_0 // headers need 0.11
	sender, err := kafka_sarama.NewSender(servers, config, topic)
	if err != nil {
		return nil, err
	}
	return cloudevents.NewClient(sender)
}

func eventOf(id, kind string, command any) cloudevents.Event {
	event := cloudevents.NewEvent()
	event.SetID(id)
	event.SetSource(given.Source)
	event.SetType(kind)
	event.SetTime(given.Time)
	event.SetExtension("tenantid", given.Tenant)
	event.SetExtension("correlationid", given.Correlation)
	if err := event.SetData(cloudevents.ApplicationJSON, command); err != nil {
		log.Fatal(err)
	}
	return event
}

func send(ctx context.Context, client cloudevents.Client, event cloudevents.Event) error {
	ctx = kafka_sarama.WithMessageKey(ctx, sarama.StringEncoder(given.Key))
	// For structured mode: ctx = binding.WithForceStructured(ctx)
	if result := client.Send(ctx, event); cloudevents.IsUndelivered(result) {
		return result
	}
	return nil
}

// end

// Says that the record is in the topic; in the order of the topic's offsets.
func sent(library, module, name string) {
	info, _ := debug.ReadBuildInfo()
	version := ""
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			version = dependency.Version
		}
	}
	line := map[string]string{"library": library, "package": module, "version": version, "case": name}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func main() {
	text, err := os.ReadFile(os.Getenv("COMMANDS_FILE"))
	if err == nil {
		err = json.Unmarshal(text, &given)
	}
	if err == nil {
		err = withSDK()
	}
	if err == nil {
		err = withSarama()
	}
	if err != nil {
		log.Fatal(err)
	}
}

func withSDK() error {
	const library, module = "go-cloudevents", "github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	client, err := newClient()
	if err != nil {
		return err
	}
	id := func(name string) string { return library + "." + name }
	schedule := given.Commands["schedule"]
	for _, mode := range []string{"binary", "structured"} {
		ctx := context.Background()
		if mode == "structured" {
			ctx = binding.WithForceStructured(ctx)
		}
		one := func(name string, event cloudevents.Event) {
			if err == nil {
				if err = send(ctx, client, event); err == nil {
					sent(library, module, name)
				}
			}
		}
		for _, command := range sorted() {
			name := mode + "-" + command
			one(name, eventOf(id(name), given.Commands[command].Type, given.Commands[command].Data))
		}
		name := mode + "-integers"
		event := eventOf(id(name), schedule.Type, schedule.Data)
		event.SetExtension("tenantid", 7)
		event.SetExtension("correlationid", int32(17))
		one(name, event)
		name = mode + "-local-time"
		event = eventOf(id(name), schedule.Type, schedule.Data)
		event.SetTime(given.Time.In(time.FixedZone("", 3600)))
		one(name, event)
		// A map of the program's own, whose keys Go sorts; and bytes.
		var fields map[string]any
		if decoded := json.Unmarshal(schedule.Data, &fields); decoded != nil {
			return decoded
		}
		name = mode + "-map"
		one(name, eventOf(id(name), schedule.Type, fields))
		name = mode + "-bytes"
		event = eventOf(id(name), schedule.Type, schedule.Data)
		event.DataBase64 = true
		one(name, event)
	}
	if err != nil {
		return err
	}
	// The event as JSON, and no headers.
	name := "json-no-headers"
	value, err := json.Marshal(eventOf(id(name), schedule.Type, schedule.Data))
	if err != nil {
		return err
	}
	return withProducer(func(producer sarama.SyncProducer) error {
		message := &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(given.Key), Value: sarama.ByteEncoder(value)}
		if _, _, err := producer.SendMessage(message); err != nil {
			return err
		}
		sent(library, module, name)
		return nil
	})
}

// snippet: go-sarama
func sendPlain(producer sarama.SyncProducer, id, kind string, command map[string]any) error {
	command["commandId"] = id
	command["type"] = kind
	command["source"] = given.Source
	command["tenantId"] = given.Tenant
	command["correlationId"] = given.Correlation
	command["issuedAt"] = given.Time
	value, err := json.Marshal(command)
	if err != nil {
		return err
	}
	key := sarama.StringEncoder(given.Key)
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Key: key, Value: sarama.ByteEncoder(value)})
	return err
}

// end

func withSarama() error {
	const library, module = "go-sarama", "github.com/IBM/sarama"
	return withProducer(func(producer sarama.SyncProducer) error {
		for _, command := range sorted() {
			var fields map[string]any
			if err := json.Unmarshal(given.Commands[command].Data, &fields); err != nil {
				return err
			}
			name := "plain-" + command
			if err := sendPlain(producer, library+"."+name, given.Commands[command].Type, fields); err != nil {
				return err
			}
			sent(library, module, name)
		}
		// Bytes in an interface: Go writes them as base64.
		name := "plain-bytes-as-base64"
		value, err := json.Marshal([]byte(given.Commands["schedule"].Data))
		if err != nil {
			return err
		}
		message := &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(given.Key), Value: sarama.ByteEncoder(value)}
		if _, _, err := producer.SendMessage(message); err != nil {
			return err
		}
		sent(library, module, name)
		return nil
	})
}

func withProducer(work func(sarama.SyncProducer) error) error {
	config := sarama.NewConfig()
	config.Version = sarama.V2_0_0_0
	config.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer(servers, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	return work(producer)
}

func sorted() []string {
	var names []string
	for name := range given.Commands {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
