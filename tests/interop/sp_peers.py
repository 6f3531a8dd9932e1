"""What the tests of SP and MQTT have at the MQTT side: a client that answers."""
from paho_peer import Peer


class Answerer(Peer):
    """Answers every question at once. Who asked again does not want the answer to what it asked before."""

    def __init__(self, port, topic, answer):
        super().__init__(port)
        self.answer = answer
        self.open()
        self.subscribe(topic, 1)

    def _note(self, name, what):
        if name == "messages":
            answer_to(self, what, self.answer)
        super()._note(name, what)


def answer_to(peer, request, answer):
    peer.publish(request.properties.ResponseTopic, answer, 1, CorrelationData=request.properties.CorrelationData)
