// Copies messages from one topic to another with two nng_aios and no thread of its own: echo_aio URL FROM TO COUNT
//
// One aio receives, the other one sends what it got; each starts the other in its callback. nng's rules hold: the message
// belongs to the aio's user when it arrives, to the library once it has been published, and still to us when it has not.
#include <nanonng/mqtt_client.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
  nmqtt_client client;
  nng_aio* receiving;
  nng_aio* sending;
  nng_aio* done;  // finished after the last message, waited for by main()
  const char* to;
  long left;
  int error;
} echo;

static void finish(int rv) {
  echo.error = rv;
  nng_aio_finish(echo.done, rv);
}

static void received(void* arg) {
  int rv = nng_aio_result(echo.receiving);
  nng_msg* msg;

  (void)arg;
  if (rv != 0) {
    finish(rv);
    return;
  }
  msg = nng_aio_get_msg(echo.receiving);
  if ((rv = nmqtt_msg_set_topic(msg, echo.to)) != 0) {
    nng_msg_free(msg);
    finish(rv);
    return;
  }
  nng_aio_set_msg(echo.sending, msg);
  nmqtt_publish_async(echo.client, NULL, echo.sending);
}

static void sent(void* arg) {
  const int rv = nng_aio_result(echo.sending);

  (void)arg;
  if (rv != 0) {
    nng_msg_free(nng_aio_get_msg(echo.sending));
    finish(rv);
  } else if (--echo.left == 0) {
    finish(0);
  } else {
    nmqtt_recv_async(echo.client, echo.receiving);
  }
}

int main(int argc, char** argv) {
  nmqtt_topic topic = {0};
  int rv;

  if (argc != 5) {
    fprintf(stderr, "usage: echo_aio URL FROM TO COUNT\n");
    return 2;
  }
  topic.filter = argv[2];
  topic.qos = 1;
  echo.to = argv[3];
  echo.left = strtol(argv[4], NULL, 10);
  if ((rv = nmqtt_client_open(&echo.client, argv[1])) != 0) {
    fprintf(stderr, "%s: %s\n", argv[1], nng_strerror(rv));
    return 2;
  }
  if (nng_aio_alloc(&echo.receiving, received, NULL) != 0 || nng_aio_alloc(&echo.sending, sent, NULL) != 0 ||
      nng_aio_alloc(&echo.done, NULL, NULL) != 0 || !nng_aio_begin(echo.done)) {
    return 1;
  }
  if ((rv = nmqtt_client_start(echo.client)) == 0 && (rv = nmqtt_subscribe(echo.client, &topic, 1, NULL)) == 0) {
    printf("ready\n");
    fflush(stdout);
    nmqtt_recv_async(echo.client, echo.receiving);
    nng_aio_wait(echo.done);
    rv = echo.error;
  }
  // First the client, then the aios.
  nmqtt_client_close(echo.client);
  nng_aio_free(echo.receiving);
  nng_aio_free(echo.sending);
  nng_aio_free(echo.done);
  if (rv != 0) {
    fprintf(stderr, "%s\n", nng_strerror(rv));
  }
  return rv == 0 ? 0 : 1;
}
