//! Rules of the launch that the differential test cannot see.
