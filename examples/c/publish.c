// Publishes one message and says what became of it: publish URL TOPIC TEXT
#include <nanonng/mqtt_client.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  nmqtt_client client;
  nmqtt_outcome outcome = {0};
  int rv;

  if (argc != 4) {
    fprintf(stderr, "usage: publish URL TOPIC TEXT\n");
    return 2;
  }
  if ((rv = nmqtt_client_open(&client, argv[1])) != 0) {
    fprintf(stderr, "%s: %s\n", argv[1], nng_strerror(rv));
    return 2;
  }
  nmqtt_client_set_timeout(client, 10000);
  rv = nmqtt_client_start(client);
  if (rv == 0) {
    rv = nmqtt_publish(client, argv[2], argv[3], strlen(argv[3]), NMQTT_QOS1, &outcome);
  }
  nmqtt_client_close(client);

  if (rv != 0) {
    fprintf(stderr, "not published: %s: %s\n", nng_strerror(rv), outcome.text);
    return 1;
  }
  printf("published, and the server says: %s\n", nmqtt_reason_text(outcome.reason));
  return 0;
}
