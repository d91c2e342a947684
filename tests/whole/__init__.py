"""The whole way, from a real Kafka through the command line's own processes to readers on real sockets."""
