//! How nodes find each other, and what goes wrong there.
