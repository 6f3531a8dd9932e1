// Prints the messages of a filter: subscribe URL FILTER [COUNT]
#include <nanonng/mqtt_client.h>
#include <stdio.h>
#include <stdlib.h>

static int receive(nmqtt_client client, long count) {
  int rv = 0;
  long i;

  for (i = 0; rv == 0 && (count == 0 || i < count); ++i) {
    nng_msg* msg;
    if ((rv = nmqtt_recvmsg(client, &msg, 0)) == 0) {
      size_t size;
      const char* const text = (const char*)nmqtt_msg_payload(msg, &size);
      printf("%s %.*s\n", nmqtt_msg_topic(msg), (int)size, text);
      fflush(stdout);
      nng_msg_free(msg);  // a received message is ours
    }
  }
  return rv;
}

int main(int argc, char** argv) {
  nmqtt_client client;
  nmqtt_topic topic = {0};
  nmqtt_outcome outcome = {0};
  int rv;

  if (argc < 3) {
    fprintf(stderr, "usage: subscribe URL FILTER [COUNT]\n");
    return 2;
  }
  topic.filter = argv[2];
  topic.qos = 1;
  if ((rv = nmqtt_client_open(&client, argv[1])) != 0) {
    fprintf(stderr, "%s: %s\n", argv[1], nng_strerror(rv));
    return 2;
  }
  if ((rv = nmqtt_client_start(client)) == 0 && (rv = nmqtt_subscribe(client, &topic, 1, &outcome)) == 0) {
    printf("subscribed with QoS %d\n", topic.reason);
    fflush(stdout);
    rv = receive(client, argc > 3 ? strtol(argv[3], NULL, 10) : 0);
  }
  nmqtt_client_close(client);
  if (rv != 0) {
    fprintf(stderr, "%s: %s\n", nng_strerror(rv), outcome.text);
  }
  return rv == 0 ? 0 : 1;
}
