// Command go-service answers over HTTP which feature flags are on for a user.
//
// Its flags come from one JSON file per environment (config/). With -check it only reads
// the files it is given and reports the first mistake.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Set by the linker; see buildspec.yml.
var (
	version = "development"
	commit  = "unknown"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "go-service:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("go-service", flag.ContinueOnError)
	address := flags.String("listen", "localhost:8080", "address to listen on")
	path := flags.String("config", "config/staging.json", "configuration file")
	check := flags.Bool("check", false, "check the files named as arguments, then exit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *check {
		return checkFiles(flags.Args())
	}
	config, err := loadConfig(*path)
	if err != nil {
		return err
	}
	return serve(*address, newServer(config, version, commit))
}

func checkFiles(paths []string) error {
	for _, path := range paths {
		config, err := loadConfig(path)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s, %d flags\n", path, config.Environment, len(config.Flags))
	}
	return nil
}

// serve answers requests until the process is interrupted, then lets open ones finish.
func serve(address string, handler http.Handler) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	fmt.Printf("go-service %s (%s) on http://%s\n", version, commit, address)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(closing)
}
