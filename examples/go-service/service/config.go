package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
)

// Config is one environment's configuration file.
type Config struct {
	Environment string          `json:"environment"`
	Flags       map[string]Flag `json:"flags"`
}

// Flag is a feature that is on for a part of the users.
type Flag struct {
	// Rollout is the percentage of users who have the feature, 0 to 100.
	Rollout int `json:"rollout"`
}

func loadConfig(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	config, err := parseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return config, nil
}

func parseConfig(text []byte) (*Config, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var config Config
	if err := decoder.Decode(&config); err != nil {
		return nil, err
	}
	if config.Environment == "" {
		return nil, fmt.Errorf("environment is missing")
	}
	for name, flag := range config.Flags {
		if flag.Rollout < 0 || flag.Rollout > 100 {
			return nil, fmt.Errorf("flag %q: rollout %d is not between 0 and 100", name, flag.Rollout)
		}
	}
	return &config, nil
}

// enabled says whether user has the flag called name. The answer depends on both names
// only, so a user keeps a feature while its rollout grows.
func (f Flag) enabled(name, user string) bool {
	hash := fnv.New32a()
	fmt.Fprintf(hash, "%s/%s", name, user)
	return int(hash.Sum32()%100) < f.Rollout
}
