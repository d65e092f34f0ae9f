{
  # The fallback for machines without CMake; native/CMakeLists.txt is the build to read. The sources are the same list.
  'targets': [
    {
      'target_name': 'aegis_trace',
      'sources': [
        '<!@(node -p "require(\'fs\').readFileSync(\'native/sources.txt\', \'utf8\').split(\'\\n\').map((line) => line.replace(/#.*/, \'\').trim()).filter(Boolean).map((line) => \'native/\' + line).join(\' \')")'
      ],
      'include_dirs': [
        'native/include',
        'native/core',
        '<!(node -p "require(\'node-addon-api\').include_dir")'
      ],
      # SWALLOW: see native/CMakeLists.txt.
      'defines': [
        'NAPI_VERSION=8', 'NODE_ADDON_API_CPP_EXCEPTIONS',
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', 'NDEBUG'
      ],
      # Node's own defaults for addons, which differ with its version, are taken out.
      'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20'],
      'cflags_cc': ['-std=c++20', '-O3', '-fexceptions', '-fvisibility=hidden', '-fvisibility-inlines-hidden'],
      'xcode_settings': {
        'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
        'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
        'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
        'GCC_OPTIMIZATION_LEVEL': '3'
      },
      'conditions': [
        ['OS=="linux"', {
          # An addon loaded only by workers would be unloaded with the last of them, and its state lost.
          'ldflags': ['-Wl,-z,nodelete'],
          # GCC only: a unique symbol would be shared between two copies of the addon in one process.
          'conditions': [['clang==0', { 'cflags_cc': ['-fno-gnu-unique'] }]]
        }]
      ]
    }
  ]
}
