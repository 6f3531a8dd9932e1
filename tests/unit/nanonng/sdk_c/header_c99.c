/* The headers as strict C99. */
#include "nanonng/mqtt_client.h"

int uses_every_header(void);

int uses_every_header(void) {
  nmqtt_client client = NMQTT_CLIENT_INITIALIZER;
  nmqtt_topic topic = {0};
  nmqtt_outcome outcome = {0};
  topic.filter = "a";
  return nmqtt_subscribe(client, &topic, 1, &outcome) == 0 && nmqtt_client_set_keep_alive(client, 1) == 0 &&
         nmqtt_msg_topic(NULL) == NULL;
}
