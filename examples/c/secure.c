// Publishes over TLS and says why when that cannot be: secure URL CA TOPIC TEXT [CERTIFICATE KEY]
// The URL begins with mqtts:// or wss://; CA is the file with the authority that has signed the server's certificate
// (ca.pem of nanomq cert); certificate and key are for servers that ask for them.
#include <nanonng/mqtt_client.h>
#include <stdio.h>
#include <string.h>

static void tell(nmqtt_client c, const nmqtt_event* event, void* arg) {
  (void)c, (void)arg;
  // A certificate that is refused is NNG_EPEERAUTH; the text says whose and why.
  if (event->error != 0) fprintf(stderr, "no connection: %s: %s\n", nng_strerror(event->error), event->text);
}

/// Options that cannot be used, a file that is not there: the start says so.
static int start(nmqtt_client c) {
  char* why = NULL;
  const int rv = nmqtt_client_start(c);
  if (rv != 0 && nmqtt_client_get_fault(c, &why) == 0) {
    fprintf(stderr, "not started: %s\n", why);
    nng_strfree(why);
  }
  return rv;
}

int main(int argc, char** argv) {
  nmqtt_client c;
  int rv;
  if (argc != 5 && argc != 7) {
    fprintf(stderr, "usage: secure URL CA TOPIC TEXT [CERTIFICATE KEY]\n");
    return 2;
  }
  if (nmqtt_client_open(&c, argv[1]) != 0) return 2;
  nmqtt_client_set_tls_ca(c, argv[2], NULL);
  if (argc == 7) nmqtt_client_set_tls_certificate(c, argv[5], argv[6], NULL);
  nmqtt_client_set_reconnect_after_refusal(c, false);
  nmqtt_set_disconnect_cb(c, tell, NULL);
  rv = start(c);
  if (rv == 0) rv = nmqtt_publish(c, argv[3], argv[4], strlen(argv[4]), NMQTT_QOS1, NULL);
  if (rv == 0) printf("published\n");
  nmqtt_client_close(c);
  return rv == 0 ? 0 : 1;
}
