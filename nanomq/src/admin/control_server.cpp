#include "nanomq/admin/control_server.hpp"

#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <map>
#include <string_view>
#include <thread>
#include <utility>

#include "admin/control_session.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/listener.hpp"
#include "nanonng/net/thread.hpp"

namespace nanomq::admin {
namespace {

using nanolib::log_level;

struct command {
  std::vector<std::string> parameters;
  control_handler handler;
};

std::string refusal(std::string_view why, int exit_status) {
  control_reply reply;
  reply.refuse(why, exit_status);
  return reply.take_line();
}

}  // namespace

struct control_server::state final : nanonng::net::event_loop::turn_hooks {
  void on_accept(std::unique_ptr<nanonng::net::stream> over);
  [[nodiscard]] std::string answer(std::string_view line) noexcept;
  void carry_out(const control_request& request, control_reply& reply);
  void list_commands(control_reply& reply) const;
  [[nodiscard]] nanolib::result<void> open();

  void after_flush() noexcept override {
    std::erase_if(sessions, [](const auto& one) { return one->has_ended(); });
  }

  std::map<std::string, command, std::less<>> commands;
  control_options options;
  counters counts;
  control_session::surroundings around{};
  std::unique_ptr<nanonng::net::event_loop> loop;
  std::unique_ptr<nanonng::net::acceptor> accepts;
  std::vector<std::unique_ptr<control_session>> sessions;
  std::thread thread;
};

void control_server::state::on_accept(std::unique_ptr<nanonng::net::stream> over) {
  const auto user = nanonng::net::peer_user(over->descriptor());
  auto made = std::make_unique<control_session>(*loop, std::move(over), around);
  const bool allowed = user && (*user == 0 || *user == ::geteuid());
  const auto busy =
      static_cast<std::size_t>(std::ranges::count_if(sessions, [](const auto& s) { return !s->has_ended(); }));
  if (!allowed || busy >= options.most_connections) {
    counts.refused_connections.add();
    made->turn_away(refusal(allowed ? "too many connections" : "not allowed: this broker is another user's", 1));
  }
  sessions.push_back(std::move(made));
}

void control_server::state::list_commands(control_reply& reply) const {
  auto& json = reply.members();
  json.key("commands");
  json.begin_array();
  for (const auto& [name, one] : commands) {
    json.begin_object();
    json.text("command", name);
    json.key("parameters");
    json.begin_array();
    for (const auto& parameter : one.parameters) json.text(parameter);
    json.end_array();
    json.end_object();
    reply.say(name);
  }
  json.end_array();
}

void control_server::state::carry_out(const control_request& request, control_reply& reply) {
  const auto found = commands.find(request.command());
  if (found == commands.end()) {
    if (request.command() == "commands") return list_commands(reply);
    return reply.refuse("unknown command: " + std::string(request.command()), 2);
  }
  for (const auto& one : request.parameters()) {
    if (std::ranges::find(found->second.parameters, one.name) != found->second.parameters.end()) continue;
    return reply.refuse(found->first + " has no parameter " + one.name, 2);
  }
  found->second.handler(request, reply);
}

std::string control_server::state::answer(std::string_view line) noexcept {
  try {
    counts.requests.add();
    std::string out;
    bool refused = true;
    try {
      const auto request = control_request::parse(line);
      control_reply reply;
      request ? carry_out(*request, reply) : reply.refuse(request.error(), 2);
      refused = reply.is_refused();
      out = reply.take_line();
    } catch (const std::exception& failed) {
      out = refusal(std::string("it failed: ") + failed.what(), 1);
    }
    if (out.size() > options.longest_answer) {
      refused = true;
      out = refusal("the answer is too long; ask for less", 1);
    }
    if (refused) counts.refused_requests.add();
    return out;
  } catch (...) {
    return {};
  }
}

nanolib::result<void> control_server::state::open() {
  if (options.path.size() >= sizeof(sockaddr_un::sun_path)) {
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENAMETOOLONG});
  }
  nanonng::net::endpoint where;
  where.kind = nanonng::net::endpoint::transport::unix_socket;
  where.host = options.path;
  auto made = nanonng::net::event_loop::create({.input_size = 64U * 1024});
  if (!made) return std::unexpected(made.error());
  nanonng::net::socket_options how;
  how.backlog = 16;
  how.mode = 0600;
  auto socket = nanonng::net::listening_socket::open(where, how);
  if (!socket) return std::unexpected(socket.error());
  loop = std::move(*made);
  loop->set_hooks(this);
  accepts = std::make_unique<nanonng::net::acceptor>(*loop, std::move(*socket),
                                                     [this](auto over) { on_accept(std::move(over)); });
  return accepts->start();
}

control_server::control_server() : state_(std::make_unique<state>()) {}

control_server::~control_server() { stop(); }

void control_server::add(std::string command, std::vector<std::string> parameters, control_handler handler) {
  state_->commands.insert_or_assign(std::move(command), admin::command{std::move(parameters), std::move(handler)});
}

nanolib::result<void> control_server::start(const control_options& options) {
  state& of = *state_;
  of.options = options;
  of.around.answer = [&of](std::string_view line) { return of.answer(line); };
  of.around.timed_out = [&of] { of.counts.timeouts.add(); };
  of.around.longest_line = options.longest_line;
  of.around.patience = options.patience;
  if (const auto opened = of.open(); !opened) {
    stop();
    return opened;
  }
  auto started = nanonng::net::start_thread([&of]() noexcept { of.loop->run(); });
  if (!started) {
    stop();
    return std::unexpected(started.error());
  }
  of.thread = std::move(*started);
  return {};
}

void control_server::stop() noexcept {
  state& of = *state_;
  if (of.thread.joinable()) {
    of.loop->stop();
    of.thread.join();
  }
  of.sessions.clear();
  of.accepts.reset();
  of.loop.reset();
}

const control_server::counters& control_server::counts() const noexcept { return state_->counts; }

}  // namespace nanomq::admin
