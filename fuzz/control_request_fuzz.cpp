// Any bytes as a request on the control socket: refused with a line, or taken as what it says; and whatever a handler says
// about it, the answer is one line that the other side reads as it was meant.
#include <cstdlib>
#include <string>
#include <string_view>

#include "nanolib/base/json_object.hpp"
#include "nanolib/base/json_writer.hpp"
#include "nanomq/admin/control_reply.hpp"
#include "nanomq/admin/control_request.hpp"

namespace {

using namespace nanomq::admin;

void check(bool holds) {
  if (!holds) std::abort();
}

std::string copied(std::string_view text) {
  std::string out;
  nanolib::json_writer json(out);
  check(nanolib::copy_json(json, text));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto request = control_request::parse(line);
  control_reply reply;
  if (!request) {
    check(!request.error().empty());
    reply.refuse(request.error(), 2);
  } else {
    // The other reader of JSON in the house takes it, too.
    (void)copied(line);
    check(!request->command().empty());
    reply.members().text("command", request->command());
    for (const auto& one : request->parameters()) {
      check(!(request->text(one.name) && request->number(one.name)));
      reply.say(one.text);
    }
  }
  const auto answer = reply.take_line();
  check(answer.find('\n') == answer.size() - 1);
  const auto read = nanolib::read_json_object(std::string_view(answer).substr(0, answer.size() - 1));
  check(read.has_value());
  const auto* ok = nanolib::find_member(*read, "ok");
  check(ok != nullptr && ok->truth == request.has_value());
  if (request) check(nanolib::find_member(*read, "command")->text == request->command());
  return 0;
}
