#include "packet_reader.hpp"

namespace nanomq::support {

received_property read_property(reader& in) {
  received_property one;
  one.id = in.variable();
  switch (one.id) {
    case 0x01:
    case 0x17:
    case 0x19:
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2A:
      one.number = in.u8();
      break;
    case 0x13:
    case 0x21:
    case 0x22:
    case 0x23:
      one.number = in.u16();
      break;
    case 0x02:
    case 0x11:
    case 0x18:
    case 0x27:
      one.number = in.u32();
      break;
    case 0x0B:
      one.number = in.variable();
      break;
    case 0x03:
    case 0x08:
    case 0x09:
    case 0x12:
    case 0x15:
    case 0x16:
    case 0x1A:
    case 0x1C:
    case 0x1F:
      one.text = in.text();
      break;
    case 0x26:
      one.text = in.text();
      one.second = in.text();
      break;
    default:
      malformed("property " + std::to_string(one.id));
  }
  return one;
}

}  // namespace nanomq::support
