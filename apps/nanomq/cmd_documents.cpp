#include "cmd_documents.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "client_verbs.hpp"
#include "start_broker.hpp"
#include "verb_page.hpp"
#include "written_pages.hpp"

namespace nanomq::program {
namespace {

// The first sentence, without its full stop.
std::string first_sentence(const std::string& text) {
  const auto end = text.find(". ");
  auto out = text.substr(0, end);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

// A verb that CLI11 knows, as far as completions want it.
verb_page page_of(const CLI::App& verb, const std::string& name) {
  verb_page page;
  page.name = name;
  page.summary = first_sentence(verb.get_description());
  page.options.group("Options");
  for (const auto* const option : verb.get_options()) {
    if (option->get_group().empty() || option->check_lname("help")) continue;
    option_table::names names;
    for (const auto& letter : option->get_snames()) names.push_back("-" + letter);
    for (const auto& word : option->get_lnames()) names.push_back("--" + word);
    const auto type = option->get_type_name();
    auto row = option->get_items_expected_max() == 0
                   ? page.options.toggle(names, first_sentence(option->get_description()), [] {})
                   : page.options.value(names, type, type, first_sentence(option->get_description()), [](auto) {});
    if (type == "FILE") row.completes(completion::file);
  }
  for (const auto* const below : verb.get_subcommands([](const CLI::App*) { return true; })) {
    page.verbs.push_back(page_of(*below, name + " " + below->get_name()));
  }
  return page;
}

// The words that may stand behind a verb, for completions the same as verbs.
void add_words(verb_page& page, std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    auto& below = page.verbs.emplace_back();
    below.name = page.name + " " + std::string(word);
  }
}

std::vector<verb_page> all_pages(const CLI::App& program) {
  std::vector<verb_page> pages;
  for (const auto* const verb : program.get_subcommands([](const CLI::App*) { return true; })) {
    const auto clients = client_verbs();
    const auto client = std::ranges::find(clients, verb->get_name(), &client_verb::name);
    pages.push_back(client != clients.end() ? client->page() : page_of(*verb, verb->get_name()));
    auto& page = pages.back();
    if (page.name == "completion") add_words(page, {"bash", "zsh", "fish"});
    if (page.name != "man") continue;
    for (const auto& one : clients) add_words(page, {one.name});
    for (const auto& one : written_pages()) add_words(page, {one.verb});
  }
  return pages;
}

std::string names_of(std::span<const client_verb> verbs) {
  std::string out;
  for (const auto& one : verbs) out += (out.empty() ? "" : ", ") + std::string(one.name);
  for (const auto& one : written_pages()) out += ", " + std::string(one.verb);
  return out;
}

// Verbs that have no page of their own stand in that of another.
std::string page_with(const CLI::App& program, const std::string& verb) {
  if (verb == "man" || verb == "completion") return "nanomq";
  const auto is_it = [&](const CLI::App* one) { return one->check_name(verb); };
  return program.get_subcommand("broker")->get_subcommands(is_it).empty() ? verb : "broker";
}

exit_code print(const std::string& text) {
  return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? exit_code::ok : exit_code::failure;
}

}  // namespace

void add_document_commands(CLI::App& program, exit_code& result) {
  auto word = std::make_shared<std::string>();
  auto* const completion = program.add_subcommand("completion", "Print the completion for a shell: bash, zsh or fish");
  completion->add_option("SHELL", *word, "bash, zsh or fish")->required();
  completion->callback([word, &program, &result] {
    const auto script = completion_script(*word, all_pages(program));
    if (script.empty()) complain("there are completions for bash, zsh and fish");
    result = script.empty() ? exit_code::usage : print(script);
  });
  auto* const man = program.add_subcommand("man", "Print the man page of a verb: nanomq man pub | man -l -");
  man->add_option("VERB", *word, "The verb")->required();
  man->callback([word, &program, &result] {
    const auto page = page_with(program, *word);
    const auto written = std::ranges::find(written_pages(), page, &written_page::verb);
    if (written != written_pages().end()) {
      result = print(std::string(written->text));
      return;
    }
    const auto clients = client_verbs();
    const auto verb = std::ranges::find(clients, page, &client_verb::name);
    if (verb == clients.end()) complain("there are man pages of " + names_of(clients));
    result = verb == clients.end() ? exit_code::usage : print(man_page(verb->page()));
  });
}

}  // namespace nanomq::program
