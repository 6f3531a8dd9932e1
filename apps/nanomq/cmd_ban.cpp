#include "cmd_ban.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include "ask_broker.hpp"
#include "pid_file.hpp"

namespace nanomq::program {
namespace {

struct ban_words {
  broker_address broker;
  std::string client_id;
  std::string user;
  std::string address;
  std::string length;
  std::string until;
  std::string reason;
  std::int64_t limit = 100;
  std::int64_t offset = 0;
  bool as_json = false;

  [[nodiscard]] std::string request(std::string_view command) const {
    request_text out(command);
    for (const auto& [name, text] :
         {std::pair{"client_id", &client_id}, std::pair{"user", &user}, std::pair{"address", &address},
          std::pair{"for", &length}, std::pair{"until", &until}, std::pair{"reason", &reason}}) {
      if (!text->empty()) out.text(name, *text);
    }
    return out.take();
  }
  [[nodiscard]] std::string list_request() const {
    return request_text("ban_list").number("limit", limit).number("offset", offset).take();
  }
};

void add_common(CLI::App& verb, ban_words& into) {
  verb.add_option("--pid-file", into.broker.pid_file,
                  "The pid file of the broker (default: " + default_pid_file() + ")")
      ->type_name("FILE");
  verb.add_option("--control", into.broker.control, "Its control socket, for a broker without pid file")
      ->type_name("PATH");
  verb.add_flag("--json", into.as_json, "Show the broker's answer as JSON");
}

void add_whom(CLI::App& verb, ban_words& into) {
  verb.add_option("--client-id", into.client_id, "The client with this client id")->type_name("ID");
  verb.add_option("--user", into.user, "Every client of this user")->type_name("NAME");
  verb.add_option("--address", into.address,
                  "Whoever comes from there: an address, a network such as 192.0.2.0/24, or unix")
      ->type_name("ADDRESS");
}

}  // namespace

void add_ban_command(CLI::App& parent, exit_code& result) {
  auto* ban = parent.add_subcommand("ban", "Say who may not come in: add, remove, list");
  ban->require_subcommand(1);
  ban->footer(exit_code_help);

  auto words = std::make_shared<ban_words>();
  auto* add = ban->add_subcommand(
      "add",
      "Ban clients and disconnect those that are there. Where several of --client-id, --user and --address are given, "
      "all have to be true of a client. With a store (store.dir) the ban outlives the broker");
  add_whom(*add, *words);
  auto* length = add->add_option("--for", words->length, "For how long: 10m, 1h, 7d (default: for good)");
  length->type_name("TIME");
  add->add_option("--until", words->until, "Until when: 2026-12-01T08:30:00Z, 2026-12-01")
      ->type_name("TIME")
      ->excludes(length);
  add->add_option("--reason", words->reason, "Why, for those who list bans: at most 256 bytes")->type_name("TEXT");
  add_common(*add, *words);
  add->footer("Example: nanomq broker ban add --address 192.0.2.0/24 --for 1d --reason \"tries passwords\"\n\n" +
              std::string(exit_code_help));
  add->callback([words, &result] { result = ask_broker(words->broker, words->request("ban_add"), words->as_json); });

  auto* remove = ban->add_subcommand(
      "remove",
      "Lift a ban: exactly the --client-id, --user and --address that it was added with. Bans of the "
      "configuration are lifted there");
  add_whom(*remove, *words);
  add_common(*remove, *words);
  remove->footer(exit_code_help);
  remove->callback(
      [words, &result] { result = ask_broker(words->broker, words->request("ban_remove"), words->as_json); });

  auto* list = ban->add_subcommand("list", "Show all bans, where they are from and until when they hold");
  list->add_option("--limit", words->limit, "Rows at the most (default: 100)")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000));
  list->add_option("--offset", words->offset, "How many to leave out first")
      ->type_name("N")
      ->check(CLI::Range(0, 10'000));
  add_common(*list, *words);
  list->footer(exit_code_help);
  list->callback([words, &result] { result = ask_broker(words->broker, words->list_request(), words->as_json); });
}

}  // namespace nanomq::program
