// Whose connection it is, as the proxy says; everything else is refused.
#include <gmock/gmock.h>

#include "memory_stream.hpp"
#include "nanonng/net/proxy_header.hpp"
#include "octets.hpp"

namespace nanonng::net {
namespace {

using nanomq::support::octets;
using state = proxy_header::state;

proxy_header read(std::string_view text) { return read_proxy_header(nanolib::as_bytes(text)); }
std::string text_of(const octets& from) { return {reinterpret_cast<const char*>(from.data()), from.size()}; }

octets second(unsigned command, unsigned family, const octets& body) {
  return octets()
      .raw(std::string_view("\r\n\r\n\0\r\nQUIT\n", 12))
      .u8(command)
      .u8(family)
      .u16(static_cast<unsigned>(body.size()))
      .raw(body);
}
octets v4() { return octets{192, 0, 2, 7, 198, 51, 100, 1}.u16(4711).u16(1883); }

const std::vector<std::string>& complete() {
  static const std::vector<std::string> all{
      "PROXY TCP4 192.0.2.7 198.51.100.1 4711 1883\r\n",
      "PROXY TCP6 2001:db8::7 2001:db8::1 4711 1883\r\n",
      "PROXY UNKNOWN\r\n",
      "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n",
      text_of(second(0x21, 0x11, v4())),
      text_of(second(0x21, 0x11, v4().raw(octets{0x04, 0x00, 0x01, 0x00}))),  // a further value, passed over
      text_of(second(0x20, 0x00, octets())),
  };
  return all;
}

TEST(proxy_header, reads_both_versions) {
  EXPECT_EQ(read(complete()[0]).source, "192.0.2.7:4711");
  EXPECT_EQ(read(complete()[0]).destination, "198.51.100.1:1883");
  EXPECT_EQ(read(complete()[1]).source, "[2001:db8::7]:4711");
  EXPECT_EQ(read(complete()[4]).source, "192.0.2.7:4711");
  EXPECT_EQ(read(complete()[4]).destination, "198.51.100.1:1883");
  octets v6;
  for (int i = 0; i < 15; ++i) v6.u8(0);
  v6.u8(1).raw(std::string(15, '\0')).u8(2).u16(1).u16(2);
  EXPECT_EQ(read(text_of(second(0x21, 0x21, v6))).source, "[::1]:1");
  EXPECT_EQ(read(text_of(second(0x21, 0x31, octets().raw(std::string(216, '/'))))).source, "unix");
}

TEST(proxy_header, leaves_the_address_open_where_the_proxy_does) {
  for (const std::size_t which : {2U, 3U, 6U}) {
    EXPECT_EQ(read(complete()[which]).what, state::complete) << which;
    EXPECT_EQ(read(complete()[which]).source, "") << which;
  }
}

TEST(proxy_header, waits_after_every_proper_prefix_and_takes_no_more) {
  for (const std::string& text : complete()) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      EXPECT_EQ(read(text.substr(0, size)).what, state::need_more) << text << size;
    }
    EXPECT_EQ(read(text + "\x10\x0c").used, text.size());
  }
}

TEST(proxy_header, refuses_everything_else) {
  for (const std::string_view text :
       {"\x10", "GET /", "PROXZ", "proxy TCP4", "PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n", "PROXY TCP4\r\n", "PROXY \r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 4711\r\n", "PROXY TCP4 192.0.2.7 198.51.100.1 4711 1883 5\r\n",
        "PROXY TCP4 192.0.2.7  198.51.100.1 4711 1883\r\n", "PROXY TCP4 192.0.2.300 198.51.100.1 4711 1883\r\n",
        "PROXY TCP4 ::1 ::1 4711 1883\r\n", "PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 -1 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n"}) {
    EXPECT_EQ(read(text).what, state::malformed) << text;
  }
  EXPECT_EQ(read("PROXY UNKNOWN a\nb\r\n").what, state::malformed) << "a line feed alone, whatever follows";
  EXPECT_EQ(read("PROXY UNKNOWN " + std::string(100, 'x')).what, state::malformed) << "longer than a line may be";
  EXPECT_EQ(read(text_of(second(0x11, 0x11, v4()))).what, state::malformed) << "version 1";
  EXPECT_EQ(read(text_of(second(0x22, 0x11, v4()))).what, state::malformed) << "command 2";
  EXPECT_EQ(read(text_of(second(0x21, 0x41, v4()))).what, state::malformed) << "family 4";
  EXPECT_EQ(read(text_of(second(0x21, 0x13, v4()))).what, state::malformed) << "transport 3";
  EXPECT_EQ(read(text_of(second(0x21, 0x11, octets{1, 2, 3}))).what, state::malformed) << "no room for addresses";
  EXPECT_EQ(read(text_of(second(0x21, 0x11, octets()).first(14).u16(65'535))).what, state::malformed) << "64 KB";
}

TEST(proxy_stream, takes_the_header_off_in_every_split) {
  for (const std::string& header : complete()) {
    const std::string text = header + "payload";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      test::memory_pair wire;
      test::stream_driver proxied(make_proxy_stream(wire.left()));
      EXPECT_EQ(proxied->peer(), "192.0.2.1:4711") << "the proxy's, until it has spoken";
      wire.to_left->bytes = text.substr(0, cut);
      proxied.pull();
      proxied.pull();
      wire.to_left->bytes += text.substr(cut);
      proxied.pull();
      proxied.pull();
      EXPECT_EQ(proxied.received, "payload") << cut;
      const std::string source = read(header).source;
      EXPECT_EQ(proxied->peer(), source.empty() ? "192.0.2.1:4711" : source);
    }
  }
}

TEST(proxy_stream, refuses_a_connection_without_a_header) {
  test::memory_pair wire;
  test::stream_driver proxied(make_proxy_stream(wire.left()));
  wire.to_left->bytes = "\x10\x0c";
  proxied.pull();
  EXPECT_EQ(proxied.why, (nanolib::error{nanolib::error_domain::sys, EPROTO}));
  EXPECT_THAT(proxied->failure(), ::testing::StartsWith("PROXY header: "));
  EXPECT_EQ(proxied.received, "");
}

// THREATS 67b.
TEST(proxy_stream, says_that_the_peer_left_within_the_header) {
  test::memory_pair wire;
  test::stream_driver proxied(make_proxy_stream(wire.left()));
  wire.to_left->bytes = "PROXY TCP4";
  proxied.pull();
  EXPECT_FALSE(proxied.over());
  wire.to_left->ended = true;
  proxied.pull();
  EXPECT_EQ(proxied.why, (nanolib::error{nanolib::error_domain::sys, ECONNRESET}));
}

TEST(proxy_stream, lets_output_through) {
  test::memory_pair wire;
  test::stream_driver proxied(make_proxy_stream(wire.left()));
  proxied.put("hello");
  proxied.push();
  EXPECT_EQ(wire.to_right->bytes, "hello");
}

}  // namespace
}  // namespace nanonng::net
