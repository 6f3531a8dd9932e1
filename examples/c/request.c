// Asks a service and prints its answer: request URL TOPIC TEXT
#include <nanonng/mqtt_client.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  nmqtt_client client;
  nmqtt_outcome outcome = {0};
  nng_msg* question = NULL;
  nng_msg* answer = NULL;
  int rv;

  if (argc != 4) {
    fprintf(stderr, "usage: request URL TOPIC TEXT\n");
    return 2;
  }
  if ((rv = nmqtt_client_open(&client, argv[1])) != 0) {
    fprintf(stderr, "%s: %s\n", argv[1], nng_strerror(rv));
    return 2;
  }
  nmqtt_client_set_timeout(client, 10000);
  if ((rv = nmqtt_client_start(client)) == 0 &&
      (rv = nmqtt_msg_alloc(&question, argv[2], argv[3], strlen(argv[3]))) == 0) {
    nmqtt_msg_set_qos(question, 1);
    rv = nmqtt_request(client, question, &answer, &outcome);
    if (rv != 0) {
      nng_msg_free(question);  // still ours, because it failed
    }
  }
  if (rv == 0) {
    size_t size;
    const char* const text = (const char*)nmqtt_msg_payload(answer, &size);
    printf("%.*s\n", (int)size, text);
    nng_msg_free(answer);
  } else {
    fprintf(stderr, "%s: %s\n", nng_strerror(rv), outcome.text);
  }
  nmqtt_client_close(client);
  return rv == 0 ? 0 : 1;
}
