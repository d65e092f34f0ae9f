// What the project needs from the system, how each is recognised and what it is called by package managers.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { outputOf } from './run.mjs';

/** The C++ compiler that CMake would pick: CXX, else the first of the usual names. */
const compilers = () => (process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']);

/** True when some compiler, asked for C++20, finds all these headers. Preprocessing only: about 15 ms. */
function compilerFinds(...headers) {
  const input = headers
    .map((header) => `#if !__has_include(<${header}>)\n#error\n#endif\n`)
    .join('');
  return compilers().some((compiler) => {
    return outputOf(compiler, ['-std=c++20', '-E', '-x', 'c++', '-'], { input }) !== undefined;
  });
}

function atLeast(version, major, minor) {
  const [haveMajor, haveMinor] = version.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

/** CMake is the first choice for a build, and the tests cannot do without it. */
export function hasCmake() {
  const version = /version (\d+\.\d+)/.exec(outputOf('cmake', ['--version']) ?? '')?.[1];
  return version !== undefined && atLeast(version, 3, 21); // presets (version 3) and ctest --output-junit
}

const runs = (command, ...args) => outputOf(command, args) !== undefined;

/** The run-time libraries are a package of their own in Debian; the compiler alone does not say. */
function linksFuzzer() {
  const input =
    '#include <cstddef>\n#include <cstdint>\n' +
    'extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t) { return 0; }\n';
  const flags = ['-fsanitize=address,undefined,fuzzer', '-o', '/dev/null', '-x', 'c++', '-'];
  return outputOf('clang++', flags, { input }) !== undefined;
}

/** The Node headers that came with the running Node, as node-gyp's --nodedir wants them; undefined without them. */
export function nodeDirectory() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(`${prefix}/include/node/common.gypi`) ? prefix : undefined;
}

/** node-gyp builds without CMake when everything it would otherwise download or lack is here. */
export const hasNodeGypTools = () =>
  nodeDirectory() !== undefined && runs('python3', '--version') && runs('make', '--version');

export const tools = {
  compiler: {
    name: 'a C++20 compiler (g++ >= 10 or clang >= 12)',
    present: () => compilerFinds('span', 'compare', 'concepts'),
    apt: 'g++',
    brew: 'llvm',
  },
  cmake: { name: 'cmake >= 3.21', present: hasCmake, apt: 'cmake', brew: 'cmake' },
  ninja: {
    name: 'ninja',
    present: () => runs('ninja', '--version'),
    apt: 'ninja-build',
    brew: 'ninja',
  },
  ninjaOrMake: {
    name: 'ninja or make',
    present: () => runs('ninja', '--version') || runs('make', '--version'),
    apt: 'ninja-build',
    brew: 'ninja',
  },
  googletest: {
    name: 'GoogleTest',
    present: () => compilerFinds('gtest/gtest.h'),
    apt: 'libgtest-dev',
    brew: 'googletest',
  },
  python: {
    name: 'python3',
    present: () => runs('python3', '--version'),
    apt: 'python3',
    brew: 'python3',
  },
  jq: {
    name: 'jq (whose output the commands read)',
    present: () => runs('jq', '--version'),
    apt: 'jq',
    brew: 'jq',
  },
  spdlog: {
    name: 'spdlog (a peer of the C++ bench)',
    present: () => compilerFinds('spdlog/spdlog.h'),
    apt: 'libspdlog-dev',
    brew: 'spdlog',
  },
  strace: {
    name: 'strace (makes the disk fail in tests)',
    present: () => runs('strace', '-V'),
    apt: 'strace',
    brew: 'strace',
  },
  clang: {
    name: 'clang++',
    present: () => runs('clang++', '--version'),
    apt: 'clang',
    brew: 'llvm',
  },
  libFuzzer: {
    name: "clang's libFuzzer and sanitizers",
    present: () => linksFuzzer(),
    apt: 'libclang-rt-dev',
    brew: 'llvm',
  },
  clangTidy: {
    name: 'clang-tidy',
    present: () => runs('clang-tidy', '--version'),
    apt: 'clang-tidy',
    brew: 'llvm',
  },
};
