// Says that it is there, has the server say when it is not, and tells what happens to the connection: will URL NAME
//
// status/NAME is "online" while it runs, "offline" when it was ended by a message to control/NAME, and "lost" when it
// vanished: the will. Connections are made again and the subscription with them; nothing here has to do it.
#include <nanonng/mqtt_client.h>
#include <stdio.h>
#include <string.h>

static nng_aio* quit;  // finished by a callback, waited for by main()
static bool quitting;
static char status[64];

// The status is retained, so that who comes later knows, too. Sent anew with every connection: the will may have been.
static void say(nmqtt_client client, const char* what) {
  const int rv = nmqtt_publish(client, status, what, strlen(what), NMQTT_QOS1 | NMQTT_RETAIN, NULL);
  if (rv != 0) {
    fprintf(stderr, "%s: %s\n", what, nng_strerror(rv));
  }
}

static void on_connect(nmqtt_client client, const nmqtt_event* event, void* arg) {
  (void)arg;
  printf("connected to %s, %s session\n", event->server, event->session_present ? "old" : "new");
  fflush(stdout);
  say(client, "online");
}

static void on_disconnect(nmqtt_client client, const nmqtt_event* event, void* arg) {
  (void)client;
  (void)arg;
  printf("%s: %s %s\n", event->was_connected ? "disconnected" : "not connected",
         event->error == 0 ? "over" : nng_strerror(event->error), event->text);
  fflush(stdout);
}

static void on_control(nmqtt_client client, nng_msg* msg, void* arg) {
  (void)arg;
  nng_msg_free(msg);
  say(client, "offline");
  if (!quitting) {
    quitting = true;
    nng_aio_finish(quit, 0);
  }
}

static int configure(nmqtt_client client) {
  nng_msg* last_words;
  int rv;

  if ((rv = nmqtt_msg_alloc(&last_words, status, "lost", 4)) != 0) {
    return rv;
  }
  nmqtt_msg_set_qos(last_words, 1);
  nmqtt_msg_set_retain(last_words, true);
  rv = nmqtt_client_set_will(client, last_words, 0);
  nng_msg_free(last_words);  // it was copied
  nmqtt_set_connect_cb(client, on_connect, NULL);
  nmqtt_set_disconnect_cb(client, on_disconnect, NULL);
  nmqtt_client_set_timeout(client, 5000);
  nmqtt_client_set_reconnect(client, 20, 1000, 30000);
  return rv;
}

int main(int argc, char** argv) {
  nmqtt_client client;
  nmqtt_topic control = {0};
  char filter[64];
  int rv;

  if (argc != 3) {
    fprintf(stderr, "usage: will URL NAME\n");
    return 2;
  }
  snprintf(status, sizeof status, "status/%s", argv[2]);
  snprintf(filter, sizeof filter, "control/%s", argv[2]);
  control.filter = filter;
  control.qos = 1;
  control.cb = on_control;
  if (nng_aio_alloc(&quit, NULL, NULL) != 0 || !nng_aio_begin(quit)) {
    return 1;
  }
  if ((rv = nmqtt_client_open(&client, argv[1])) != 0) {
    fprintf(stderr, "%s: %s\n", argv[1], nng_strerror(rv));
    return 2;
  }
  if ((rv = configure(client)) == 0 && (rv = nmqtt_client_start(client)) == 0 &&
      (rv = nmqtt_subscribe(client, &control, 1, NULL)) == 0) {
    printf("ready\n");
    fflush(stdout);
    nng_aio_wait(quit);
  }
  nmqtt_client_close(client);
  nng_aio_free(quit);
  if (rv != 0) {
    fprintf(stderr, "%s\n", nng_strerror(rv));
  }
  return rv == 0 ? 0 : 1;
}
