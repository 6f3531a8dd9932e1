#include "nanomq/access/chain.hpp"

#include <algorithm>

#include "nanomq/access/access_settings.hpp"

namespace nanomq::access {
namespace {

constexpr std::array rows{
    chain_link_row{chain_link::certificate, "certificate", "use_identity_as_username of a listener",
                   [](const access_settings& from) { return from.trusts_identities; }},
    chain_link_row{chain_link::jwt, "jwt", "auth.jwt.algorithms",
                   [](const access_settings& from) { return !from.tokens.algorithms.empty(); }},
    chain_link_row{
        chain_link::password, "password", "auth.password_file",
        [](const access_settings& from) { return !from.password_file.empty() || from.written_passwords != nullptr; }},
    chain_link_row{chain_link::http, "http", "auth.http_auth.auth_req.url",
                   [](const access_settings& from) { return from.http.authenticates(); }},
};

}  // namespace

std::span<const chain_link_row> chain_links() noexcept { return rows; }

const chain_link_row& row_of(chain_link link) noexcept { return *std::ranges::find(rows, link, &chain_link_row::link); }

std::vector<chain_link> usual_chain() {
  std::vector<chain_link> all;
  for (const auto& row : rows) all.push_back(row.link);
  return all;
}

}  // namespace nanomq::access
