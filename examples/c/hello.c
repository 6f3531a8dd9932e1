// Subscribes, publishes, and prints what comes back: hello [URL]
#include <nanonng/mqtt_client.h>
#include <stdio.h>

int main(int argc, char** argv) {
  nmqtt_topic all = {.filter = "greetings/#"};
  nmqtt_client c;
  nng_msg* m;
  if (nmqtt_client_open(&c, argc > 1 ? argv[1] : "mqtt://localhost") != 0) return 2;
  if (nmqtt_client_start(c) != 0 || nmqtt_subscribe(c, &all, 1, NULL) != 0) return 1;
  if (nmqtt_publish(c, "greetings/world", "hello", 6, NMQTT_QOS1, NULL) != 0) return 1;
  if (nmqtt_recvmsg(c, &m, 0) != 0) return 1;
  printf("%s: %s\n", nmqtt_msg_topic(m), (const char*)nmqtt_msg_payload(m, NULL));
  nng_msg_free(m);
  return nmqtt_client_close(c);
}
