#include "posix_file.hpp"

#include <sys/stat.h>

namespace aegis::trace {

bool is_same_file(int descriptor, const std::filesystem::path& path) noexcept {
  struct stat opened;
  struct stat named;
  return fstat(descriptor, &opened) == 0 && lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace aegis::trace
