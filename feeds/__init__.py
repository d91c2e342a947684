"""The way in: Kafka, the embedded source, simulators, recordings and replays."""
