// Tests may look everywhere, but not by relative paths.
#include <sstream>

#include "../support/peer.hpp"  // refused: path
#ifdef ANYTHING
#endif
