// SPDX-License-Identifier: Apache-2.0
#include "plugin/lint_imports.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cairn::plugin {

namespace {

/// Symbols under one verdict, separated by spaces: whole names, and beginnings of names.
struct Ban {
  ImportVerdict verdict;
  std::string_view names;
  std::string_view beginnings;
};

/// Asked before everything else: parts of families that are banned below.
constexpr std::string_view harmless_first = "__libc_single_threaded";

constexpr std::array bans = {
    Ban{.verdict = {.kind = LintKind::Clock,
                    .why = "a clock, or time that depends on one, differs between executions",
                    .instead = "use tx.now(), the time of the transaction; tx.schedule() to wait"},
        .names = "time clock gettimeofday clock_gettime clock_getres clock_nanosleep timespec_get "
                 "localtime localtime_r gmtime gmtime_r mktime timegm strftime asctime asctime_r "
                 "ctime ctime_r ftime times tzset nanosleep sleep usleep alarm setitimer getitimer "
                 "timer_create timer_settime timer_gettime timerfd_create timerfd_settime",
        .beginnings = "_ZNSt6chrono"},
    Ban{.verdict = {.kind = LintKind::Randomness,
                    .why = "its numbers differ between executions",
                    .instead = "use tx.random() or tx.new_id()"},
        .names = "rand srand rand_r random srandom initstate setstate random_r drand48 erand48 "
                 "lrand48 nrand48 mrand48 jrand48 srand48 seed48 getrandom getentropy",
        .beginnings = "_ZNSt13random_device arc4random"},
    Ban{.verdict = {.kind = LintKind::Thread,
                    .why = "threads run in an order that differs between executions",
                    .instead = "do the work in the handler; the engine runs one at a time"},
        .names = "gettid sched_getcpu sched_yield sched_setaffinity sched_getaffinity clone clone3 "
                 "__once_proxy",
        .beginnings =
            "pthread_ __pthread_ thrd_ mtx_ cnd_ tss_ sem_ _ZNSt6thread _ZNSt11this_thread "
            "_ZNSt18condition_variable _ZNSt22condition_variable _ZNSt13__future_base "
            "_ZSt15__get_once_"},
    Ban{.verdict = {.kind = LintKind::File,
                    .why = "files are not part of the history that is executed again",
                    .instead = "put what the handler needs into the command or into records"},
        .names =
            "open open64 openat openat64 creat creat64 close read write pread pread64 pwrite "
            "pwrite64 readv writev fsync fdatasync lseek lseek64 stat stat64 fstat fstat64 lstat "
            "lstat64 fstatat statx statfs truncate ftruncate rename renameat unlink unlinkat "
            "rmdir mkdir link symlink readlink opendir readdir closedir flock lockf fopen "
            "fopen64 fdopen freopen fclose fread fseek fseeko ftell ftello rewind tmpfile "
            "mkstemp mkdtemp mmap mmap64 munmap mprotect msync dup dup2 dup3 memfd_create "
            "__open_2 __read_chk __fread_chk remove access faccessat chmod chown umask",
        .beginnings = "_ZNSt10filesystem _ZNKSt10filesystem _ZNSt14basic_ifstream "
                      "_ZNSt14basic_ofstream _ZNSt13basic_fstream _ZNSt13basic_filebuf "
                      "_ZNKSt13basic_filebuf _ZTVSt14basic_ifstream _ZTVSt14basic_ofstream "
                      "_ZTTSt14basic_ifstream _ZTTSt14basic_ofstream _ZTVSt13basic_f "
                      "_ZTTSt13basic_f"},
    Ban{.verdict = {.kind = LintKind::Network,
                    .why = "the network is not part of the history that is executed again",
                    .instead = "emit an event, and let a projector act on it"},
        .names = "socket socketpair bind listen accept accept4 connect send sendto sendmsg recv "
                 "recvfrom recvmsg setsockopt getsockopt getaddrinfo freeaddrinfo gethostbyname "
                 "getsockname getpeername shutdown poll ppoll select pselect epoll_create "
                 "epoll_create1 epoll_ctl epoll_wait eventfd pipe pipe2 if_nametoindex getifaddrs",
        .beginnings = "io_uring_ res_ gethostby"},
    Ban{.verdict = {.kind = LintKind::Environment,
                    .why = "what it reads differs between machines and users",
                    .instead = "put what the handler needs into the command or into records"},
        .names =
            "getenv secure_getenv setenv putenv unsetenv clearenv environ __environ _environ "
            "gethostname getdomainname uname sysconf pathconf confstr getpagesize getcwd chdir "
            "getuid geteuid getgid getegid getlogin getlogin_r get_nprocs get_nprocs_conf "
            "getloadavg sysinfo program_invocation_name __progname",
        .beginnings = "getpw getgr"},
    Ban{.verdict = {.kind = LintKind::Locale,
                    .why = "what it does depends on the locale of the process",
                    .instead = "compare bytes, and write numbers with std::to_chars"},
        .names =
            "setlocale localeconv newlocale uselocale duplocale freelocale nl_langinfo strcoll "
            "strxfrm strcasecmp strncasecmp toupper tolower isalpha isalnum isdigit isspace "
            "isupper islower ispunct isprint iscntrl isgraph isxdigit __ctype_b_loc "
            "__ctype_tolower_loc __ctype_toupper_loc sprintf snprintf vsprintf vsnprintf asprintf "
            "vasprintf sscanf vsscanf __isoc99_sscanf __isoc99_vsscanf __sprintf_chk "
            "__snprintf_chk __vsprintf_chk __vsnprintf_chk __asprintf_chk __vasprintf_chk strtod "
            "strtof strtold atof strerror strerror_r mbstowcs wcstombs mbrtowc wcrtomb mbtowc "
            "wctomb mblen mbrlen btowc wctob wcscoll towupper towlower iconv iconv_open",
        .beginnings =
            "_ZNSt6locale _ZNKSt6locale _ZNSt8ios_base _ZNKSt8ios_base _ZNSo _ZNKSo _ZNSi "
            "_ZNKSi _ZNSd _ZNKSd _ZTVSo _ZTVSi _ZTVSd _ZTTSo _ZTTSi _ZTTSd _ZSt16__ostream "
            "_ZNSt9basic_ios _ZNKSt9basic_ios _ZTVSt9basic_ios _ZNSt15basic_streambuf "
            "_ZTVSt15basic_streambuf _ZNSt7__cxx1115basic_stringbuf "
            "_ZNSt7__cxx1118basic_stringstream _ZNSt7__cxx1119basic_ostringstream "
            "_ZNSt7__cxx1119basic_istringstream _ZTVNSt7__cxx1115basic_stringbuf "
            "_ZTVNSt7__cxx1118basic_ _ZTVNSt7__cxx1119basic_ _ZTTNSt7__cxx1118basic_ "
            "_ZTTNSt7__cxx1119basic_ _ZSt9use_facet _ZSt9has_facet _ZStls _ZStrs _ZSt4endl "
            "_ZSt5flush _ZSt7getline _ZNSt5ctype _ZNSt7codecvt"},
    Ban{.verdict = {.kind = LintKind::FloatingPoint,
                    .why = "floating-point results differ between processors, libraries and flags",
                    .instead = "use integers or Decimal"},
        .names =
            "exp exp2 exp10 expm1 log log2 log10 log1p logb ilogb pow sqrt cbrt hypot sin cos tan "
            "sincos asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf erfc tgamma lgamma "
            "fmod remainder remquo fma modf frexp ldexp scalbn scalbln nearbyint rint round trunc "
            "floor ceil lrint llrint lround llround fdim fmax fmin nextafter nexttoward "
            "expf exp2f exp10f expm1f logf log2f log10f log1pf logbf powf sqrtf cbrtf hypotf sinf "
            "cosf tanf sincosf asinf acosf atanf atan2f sinhf coshf tanhf asinhf acoshf atanhf "
            "erff erfcf tgammaf lgammaf fmodf remainderf fmaf modff frexpf ldexpf scalbnf "
            "nearbyintf rintf roundf truncf floorf ceilf lrintf llrintf lroundf llroundf fdimf "
            "fmaxf fminf expl exp2l expm1l logl log2l log10l log1pl powl sqrtl cbrtl hypotl sinl "
            "cosl tanl asinl acosl atanl atan2l sinhl coshl tanhl fmodl remainderl fmal modfl "
            "frexpl ldexpl nearbyintl rintl roundl truncl floorl ceill lrintl llrintl lroundl "
            "llroundl __addtf3 __subtf3 __multf3 __divtf3 __extenddftf2 __trunctfdf2 __floattidf "
            "__floatuntidf __fixdfti __fixunsdfti __floattisf __floatuntisf __powidf2 __powisf2 "
            "__muldc3 __mulsc3 __divdc3 __divsc3",
        .beginnings = "fesetround fegetround feenable fedisable feclear feraise fetest fesetenv "
                      "fegetenv feholdexcept feupdateenv _ZSt8to_chars _ZSt10from_chars"},
    Ban{.verdict = {.kind = LintKind::Process,
                    .why = "it ends, forks or reaches around the process that runs the domain",
                    .instead = "throw an exception: it faults this one command"},
        .names =
            "exit _exit _Exit quick_exit abort atexit at_quick_exit on_exit fork vfork execl "
            "execlp execle execv execve execvp execvpe posix_spawn posix_spawnp system popen "
            "pclose "
            "wait waitpid wait3 wait4 kill raise signal sigaction sigprocmask sigaltstack "
            "sigsuspend sigwait pause setjmp _setjmp sigsetjmp __sigsetjmp longjmp _longjmp "
            "siglongjmp __longjmp_chk getcontext setcontext makecontext swapcontext getpid "
            "getppid getpgid getsid getrusage getrlimit setrlimit ptrace prctl syscall ioctl fcntl "
            "fcntl64 personality backtrace backtrace_symbols __assert_fail __assert "
            "__assert_perror_fail brk sbrk mallopt mallinfo malloc_usable_size error err errx "
            "_ZSt10quick_exit _ZSt15set_new_handlerPFvvE _ZSt13set_terminatePFvvE",
        .beginnings = "_ZNSt3pmr20set_default_resource"},
    Ban{.verdict = {.kind = LintKind::Processor,
                    .why = "it chooses code by the processor it runs on",
                    .instead = "compile one version for all processors"},
        .names = "getauxval __cpu_model __cpu_features2 __cpu_indicator_init",
        .beginnings = ""},
    Ban{.verdict = {.kind = LintKind::Loading,
                    .why = "what it finds differs between machines",
                    .instead = "link what the domain needs into it"},
        .names =
            "dlopen dlmopen dlsym dlvsym dlclose dladdr dladdr1 dlinfo dlerror dl_iterate_phdr",
        .beginnings = ""},
    Ban{.verdict = {.kind = LintKind::InputOutput,
                    .why = "output is an effect outside the transaction, and input is not recorded",
                    .instead = "emit an event, or throw an exception with the text"},
        .names =
            "printf fprintf vprintf vfprintf dprintf puts putchar putc fputs fputc fwrite fflush "
            "perror scanf fscanf getchar gets fgets getline getdelim stdin stdout stderr syslog "
            "openlog __printf_chk __fprintf_chk __vprintf_chk __vfprintf_chk __fgets_chk "
            "_IO_putc _IO_getc",
        .beginnings = "_ZN3fmt2v96vprint _ZN3fmt3v106vprint _ZN3fmt3v116vprint _ZSt4cout _ZSt4cerr "
                      "_ZSt4clog _ZSt3cin _ZSt5wcout _ZSt5wcerr"},
    Ban{.verdict = {.kind = LintKind::Unordered,
                    .why =
                        "the order of an unordered container belongs to one version of the library",
                    .instead =
                        "use std::map or a sorted std::vector; allow it where nothing iterates"},
        .names = "_ZSt11_Hash_bytesPKvmm _ZSt15_Fnv_hash_bytesPKvmm",
        .beginnings = "_ZNKSt8__detail20_Prime_rehash_policy _ZNSt8__detail20_Prime_rehash_policy"},
    Ban{.verdict = {.kind = LintKind::GuardedStatic,
                    .why = "a static variable of a function keeps what its first call made",
                    .instead = "make it constexpr, or keep it in a record"},
        .names = "__cxa_guard_acquire __cxa_guard_release __cxa_guard_abort",
        .beginnings = ""},
    Ban{.verdict = {.kind = LintKind::Destructor,
                    .why = "an object with a destructor lives as long as the plugin",
                    .instead = "make it constexpr, or keep it in a record"},
        .names = "__cxa_atexit",
        .beginnings = ""},
    Ban{.verdict = {.kind = LintKind::ThreadLocal,
                    .why = "a thread-local variable keeps state between calls, for one thread",
                    .instead = "keep it in a record, or in a local variable"},
        .names = "__tls_get_addr __cxa_thread_atexit __cxa_thread_atexit_impl",
        .beginnings = ""},
};

/// What an ordinary domain asks for: memory, bytes, exceptions, strings, integers.
constexpr std::string_view harmless_names =
    "memcpy memmove memset memcmp memchr memrchr rawmemchr mempcpy memmem bcmp strlen strnlen "
    "strcmp "
    "strncmp strchr strrchr strchrnul strstr strcpy strncpy stpcpy stpncpy strcat strncat strspn "
    "strcspn strpbrk strtok_r __memcpy_chk __memmove_chk __memset_chk __mempcpy_chk __strcpy_chk "
    "__strncpy_chk __strcat_chk __strncat_chk __stpcpy_chk malloc calloc realloc reallocarray free "
    "aligned_alloc posix_memalign qsort qsort_r bsearch abs labs llabs div ldiv lldiv strtol "
    "strtoll "
    "strtoul strtoull __isoc23_strtol __isoc23_strtoll __isoc23_strtoul __isoc23_strtoull atoi "
    "atol "
    "atoll __errno_location __stack_chk_fail __stack_chk_guard __gxx_personality_v0 "
    "__gcc_personality_v0 __gmon_start__ __dynamic_cast _ITM_deregisterTMCloneTable "
    "_ITM_registerTMCloneTable __udivti3 __umodti3 __divti3 __modti3 __udivmodti4 __divmodti4 "
    "__multi3 __muloti4 __mulodi4 __mulvti3 __addvti3 __subvti3 __ashlti3 __ashrti3 __lshrti3 "
    "__popcountdi2 __popcountti2 __clzdi2 __clzti2 __ctzdi2 __ctzti2 __bswapdi2 __cmpti2 __ucmpti2 "
    "_ZSt7nothrow _ZSt9terminatev _ZSt18uncaught_exceptionv _ZSt19uncaught_exceptionsv "
    "_ZSt17current_exceptionv _ZSt15get_new_handlerv";

/// fmt, which Cairn's own texts are made with, ignores the locale unless asked.
/// `__cxa_` and the rest of the exception machinery come last: what is banned of it stands above.
constexpr std::string_view harmless_beginnings =
    "_Unwind_ __cxa_ __atomic_ _Zn _Zd _ZTI _ZTS _ZTVSt _ZTVN10__cxxabiv1 "
    "_ZNSt7__cxx1112basic_string "
    "_ZNKSt7__cxx1112basic_string _ZNSs _ZNKSs _ZNSt15__exception_ptr _ZNKSt15__exception_ptr "
    "_ZNSt8__detail15_List_node_base _ZNSt3pmr _ZNKSt3pmr _ZTVNSt3pmr _ZSt17rethrow_exception "
    "_ZNSt9exception _ZNKSt9exception _ZNSt9bad_alloc _ZNKSt9bad_alloc _ZNSt13bad_exception "
    "_ZNKSt13bad_exception _ZNSt8bad_cast _ZNKSt8bad_cast _ZNSt10bad_typeid _ZNKSt10bad_typeid "
    "_ZNSt20bad_array_new_length _ZNKSt20bad_array_new_length _ZNSt11logic_error "
    "_ZNKSt11logic_error "
    "_ZNSt12domain_error _ZNSt16invalid_argument _ZNSt12length_error _ZNSt12out_of_range "
    "_ZNSt13runtime_error _ZNKSt13runtime_error _ZNSt11range_error _ZNSt14overflow_error "
    "_ZNSt15underflow_error _ZNSt17bad_function_call _ZNKSt17bad_function_call "
    "_ZNSt12bad_weak_ptr _ZNKSt12bad_weak_ptr _ZNSt19_Sp_make_shared_tag _ZN3fmt _ZNK3fmt "
    "_ZTVN3fmt";

/// Families whose mangled names count their letters: `_ZSt20__throw_length_errorPKc`.
constexpr std::string_view harmless_std_functions =
    "__throw_ __glibcxx_assert_fail _Rb_tree_ __glibcxx_assert";

constexpr ImportVerdict unknown_verdict = {
    .kind = LintKind::UnknownImport,
    .why = "nobody has judged whether it can make two executions differ",
    .instead = "avoid it, or allow it with the reason why it cannot"};

/// Calls `matches` with each word until one does.
template <typename Matches>
constexpr bool any_word(std::string_view words, Matches matches) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (!word.empty() && matches(word)) {
      return true;
    }
    words.remove_prefix(std::min(words.size(), word.size() + 1));
  }
  return false;
}

constexpr bool has_word(std::string_view words, std::string_view wanted) {
  return any_word(words, [wanted](std::string_view word) { return word == wanted; });
}

constexpr bool has_beginning(std::string_view words, std::string_view of) {
  return any_word(words, [of](std::string_view word) { return of.starts_with(word); });
}

constexpr bool is_harmless_std_function(std::string_view symbol) {
  constexpr std::string_view space = "_ZSt";
  if (!symbol.starts_with(space)) {
    return false;
  }
  const std::size_t letters = symbol.find_first_not_of("0123456789", space.size());
  return letters != std::string_view::npos && letters != space.size() &&
         has_beginning(harmless_std_functions, symbol.substr(letters));
}

}  // namespace

const ImportVerdict* judge_import(std::string_view symbol) noexcept {
  if (has_word(harmless_first, symbol)) {
    return nullptr;
  }
  const auto* const ban = std::ranges::find_if(bans, [symbol](const Ban& each) {
    return has_word(each.names, symbol) || has_beginning(each.beginnings, symbol);
  });
  if (ban != bans.end()) {
    return &ban->verdict;
  }
  const bool is_harmless = has_word(harmless_names, symbol) ||
                           has_beginning(harmless_beginnings, symbol) ||
                           is_harmless_std_function(symbol);
  return is_harmless ? nullptr : &unknown_verdict;
}

bool is_expected_library(std::string_view name) noexcept {
  constexpr std::string_view libraries =
      "libc.so.6 libm.so.6 libgcc_s.so.1 libstdc++.so.6 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1";
  return has_word(libraries, name) || name.starts_with("libfmt.so.");
}

}  // namespace cairn::plugin
