// MQTT beside SP sockets in one process: beside_sp MQTT-URL SP-URL TOPIC
//
// A gateway: what a device says on an SP pair socket is published, and what comes back from the broker is answered to the
// device. Both are nng_msgs, on the same stock libnng. Here the device is a second pair socket in the same process.
#include <nanonng/mqtt_client.h>
#include <nng/protocol/pair0/pair.h>
#include <stdio.h>
#include <string.h>

static void check(int rv, const char* what) {
  if (rv != 0) {
    fprintf(stderr, "%s: %s\n", what, nng_strerror(rv));
  }
}

// From the device to the broker: a plain message becomes an MQTT message by getting a topic.
static int publish_from(nng_socket gate, nmqtt_client client, const char* topic) {
  nng_msg* msg;
  int rv;

  if ((rv = nng_recvmsg(gate, &msg, 0)) != 0) {
    return rv;
  }
  nmqtt_msg_set_qos(msg, 1);
  if ((rv = nmqtt_msg_set_topic(msg, topic)) != 0 || (rv = nmqtt_publishmsg(client, msg, NULL)) != 0) {
    nng_msg_free(msg);
  }
  return rv;
}

// From the broker to the device: detached from its topic it is a plain message again.
static int send_to(nng_socket gate, nmqtt_client client) {
  nng_msg* msg;
  int rv;

  if ((rv = nmqtt_recvmsg(client, &msg, 0)) != 0) {
    return rv;
  }
  printf("the broker sends %s\n", nmqtt_msg_topic(msg));
  if ((rv = nmqtt_msg_detach(msg)) != 0 || (rv = nng_sendmsg(gate, msg, 0)) != 0) {
    nng_msg_free(msg);
  }
  return rv;
}

static int run(nmqtt_client client, nng_socket gate, nng_socket device, const char* topic) {
  nmqtt_topic all = {0};
  char text[64];
  size_t size = sizeof text;
  char hello[] = "21.5 C";
  int rv;

  all.filter = topic;
  all.qos = 1;
  if ((rv = nmqtt_subscribe(client, &all, 1, NULL)) != 0) return rv;
  if ((rv = nng_send(device, hello, strlen(hello), 0)) != 0) return rv;
  if ((rv = publish_from(gate, client, topic)) != 0) return rv;
  if ((rv = send_to(gate, client)) != 0) return rv;
  if ((rv = nng_recv(device, text, &size, 0)) != 0) return rv;
  printf("the device gets %.*s\n", (int)size, text);
  return 0;
}

int main(int argc, char** argv) {
  nmqtt_client client;
  nng_socket gate, device;
  int rv;

  if (argc != 4) {
    fprintf(stderr, "usage: beside_sp MQTT-URL SP-URL TOPIC\n");
    return 2;
  }
  if ((rv = nng_pair0_open(&gate)) != 0 || (rv = nng_pair0_open(&device)) != 0 ||
      (rv = nng_listen(gate, argv[2], NULL, 0)) != 0 || (rv = nng_dial(device, argv[2], NULL, 0)) != 0) {
    check(rv, argv[2]);
    return 1;
  }
  if ((rv = nmqtt_client_open(&client, argv[1])) != 0) {
    check(rv, argv[1]);
    return 2;
  }
  if ((rv = nmqtt_client_start(client)) == 0) {
    rv = run(client, gate, device, argv[3]);
  }
  check(rv, "gateway");
  nmqtt_client_close(client);
  nng_close(device);
  nng_close(gate);
  return rv == 0 ? 0 : 1;
}
