// A service that answers requests with their text in capitals, until a request says "quit": respond URL TOPIC
//
// Requests come to a callback, on the client's callback thread, which answers with an aio and does not wait for the server.
#include <ctype.h>
#include <nanonng/mqtt_client.h>
#include <stdio.h>
#include <string.h>

static nng_aio* quit;  // finished by the callback, waited for by main()
static bool quitting;

// One answer on its way.
struct answer {
  nng_aio* aio;
};

static void answered(void* arg) {
  struct answer* const it = (struct answer*)arg;
  if (nng_aio_result(it->aio) != 0) {
    fprintf(stderr, "not answered: %s\n", nng_strerror(nng_aio_result(it->aio)));
    nng_msg_free(nng_aio_get_msg(it->aio));  // still ours, because it failed
  }
  nng_aio_reap(it->aio);
  nng_free(it, sizeof *it);
}

static void send_answer(nmqtt_client client, nng_msg* request, const char* text, size_t size) {
  struct answer* const it = (struct answer*)nng_alloc(sizeof *it);
  nng_msg* msg;

  if (it == NULL || nng_msg_alloc(&msg, 0) != 0) {
    nng_free(it, sizeof *it);
    return;
  }
  if (nng_msg_append(msg, text, size) != 0 || nng_aio_alloc(&it->aio, answered, it) != 0) {
    nng_msg_free(msg);
    nng_free(it, sizeof *it);
    return;
  }
  nmqtt_msg_set_qos(msg, 1);
  nng_aio_set_msg(it->aio, msg);
  nmqtt_reply_async(client, request, NULL, it->aio);  // where the request says, with its correlation data
}

static void on_request(nmqtt_client client, nng_msg* request, void* arg) {
  size_t size, i;
  char* const text = (char*)nmqtt_msg_payload(request, &size);
  const bool last = size == 4 && memcmp(text, "quit", 4) == 0;

  (void)arg;
  for (i = 0; i < size; ++i) {
    text[i] = (char)toupper((unsigned char)text[i]);
  }
  send_answer(client, request, text, size);
  nng_msg_free(request);  // ours, as if nmqtt_recvmsg() had given it
  if (last && !quitting) {
    quitting = true;
    nng_aio_finish(quit, 0);
  }
}

int main(int argc, char** argv) {
  nmqtt_client client;
  nmqtt_topic topic = {0};
  int rv;

  if (argc != 3) {
    fprintf(stderr, "usage: respond URL TOPIC\n");
    return 2;
  }
  topic.filter = argv[2];
  topic.qos = 1;
  topic.cb = on_request;
  if (nng_aio_alloc(&quit, NULL, NULL) != 0 || !nng_aio_begin(quit)) {
    return 1;
  }
  if ((rv = nmqtt_client_open(&client, argv[1])) != 0) {
    fprintf(stderr, "%s: %s\n", argv[1], nng_strerror(rv));
    return 2;
  }
  if ((rv = nmqtt_client_start(client)) == 0 && (rv = nmqtt_subscribe(client, &topic, 1, NULL)) == 0) {
    printf("ready\n");
    fflush(stdout);
    nng_aio_wait(quit);
    nmqtt_disconnect(client, 0, 1000);  // the last answer leaves first
  }
  nmqtt_client_close(client);
  nng_aio_free(quit);
  if (rv != 0) {
    fprintf(stderr, "%s\n", nng_strerror(rv));
  }
  return rv == 0 ? 0 : 1;
}
