# cmake -DNM=... -DOBJECTS=... -DINSIDE=... -P own_symbols.cmake: the objects define nothing outside of names that contain
# INSIDE, such as dpmd::cpu::avx2::.
#
# A function outside would be compiled with the instructions of that set, and the linker, which keeps one of several equal
# definitions, could keep that one for the whole library: an illegal instruction on a smaller CPU.
execute_process(COMMAND ${NM} --demangle --defined-only ${OBJECTS} OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
# lower-case kinds are local to the object, but u is a unique global; V and W are weak
string(REGEX MATCHALL "[^\n]+ [A-Zu] [^\n]+" symbols "${listing}")
if(NOT symbols)
  message(FATAL_ERROR "${OBJECTS} defines nothing")
endif()
foreach(symbol IN LISTS symbols)
  string(FIND "${symbol}" "${INSIDE}" place)
  if(place EQUAL -1 AND NOT symbol MATCHES " DW\\.ref\\.")
    message(SEND_ERROR "${symbol} is outside of ${INSIDE}")
  endif()
endforeach()
