#include "broker_test.hpp"

#include <unistd.h>

namespace nanomq::support {
namespace {

unsigned next_number() {
  static unsigned last = 0;
  return ++last;
}

}  // namespace

std::unique_ptr<broker_process> broker_test::broker_;

void broker_test::start_broker(const std::vector<std::string>& settings) {
  if (!external_broker()) broker_ = std::make_unique<broker_process>(settings);
}

void broker_test::TearDownTestSuite() {
  if (!broker_) return;
  EXPECT_EQ(broker_->stop(), 0) << "the broker did not end well";
  broker_.reset();
}

address broker_test::where() { return external_broker() ? external_address() : broker().where(); }

broker_process& broker_test::broker() {
  if (!broker_) throw expectation_failed("no broker is running");
  return *broker_;
}

raw_client broker_test::join(version v, const properties& props, std::source_location line) {
  raw_client client = dial(v);
  client.connect({.client_id = fresh_client_id(), .props = props}, line);
  return client;
}

std::string broker_test::fresh_client_id() {
  return "c" + std::to_string(::getpid()) + "n" + std::to_string(next_number());
}

std::string broker_test::fresh_topic() {
  return "t/" + std::to_string(::getpid()) + "/" + std::to_string(next_number());
}

void broker_test::expect_nothing_but(raw_client& from, raw_client& to, const std::string& barrier,
                                     std::source_location line) {
  from.publish({.topic = barrier, .payload = "barrier"}, line);
  to.expect_publish(barrier, "barrier", line);
}

}  // namespace nanomq::support
