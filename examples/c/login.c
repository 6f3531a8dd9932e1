// Shows who it is by SCRAM-SHA-256, which sends no password, and does so once more: login URL USER PASSWORD TOPIC TEXT
// The broker knows the user's keys from `nanomq passwd --scram`; the URL has neither user nor password.
#include <nanonng/mqtt_client.h>
#include <stdio.h>
#include <string.h>

static void tell(nmqtt_client c, const nmqtt_event* event, void* arg) {
  (void)c, (void)arg;
  if (event->error != 0) fprintf(stderr, "no connection: %s: %s\n", nng_strerror(event->error), event->text);
}

int main(int argc, char** argv) {
  nmqtt_client c;
  nmqtt_outcome said;
  int rv;
  if (argc != 6) {
    fprintf(stderr, "usage: login URL USER PASSWORD TOPIC TEXT\n");
    return 2;
  }
  if (nmqtt_client_open(&c, argv[1]) != 0) return 2;
  rv = nmqtt_client_set_scram(c, argv[2], argv[3]);
  if (rv != 0) fprintf(stderr, "user and password: %s\n", nng_strerror(rv));
  nmqtt_client_set_reconnect_after_refusal(c, false);  // what is wrong now is wrong later
  nmqtt_set_disconnect_cb(c, tell, NULL);
  if (rv == 0) rv = nmqtt_client_start(c);
  if (rv == 0) rv = nmqtt_publish(c, argv[4], argv[5], strlen(argv[5]), NMQTT_QOS1, NULL);
  // Long-lived connections do this now and then, so that somebody who was removed does not stay.
  if (rv == 0 && (rv = nmqtt_reauthenticate(c, &said)) != 0) fprintf(stderr, "not any more: %s\n", said.text);
  if (rv == 0) printf("published\n");
  nmqtt_client_close(c);
  return rv == 0 ? 0 : 1;
}
