/* Reads frames, checks nothing, writes what lies behind the meta of each: cut PORT PATH
   The least that any client takes: it bounds what the server can send, and what is left to gain. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 1 << 22, CHUNK = 1 << 16 };
static unsigned char in[ROOM], out[ROOM];

static void put(const unsigned char *data, size_t size) {
  while (size) {
    ssize_t n = write(1, data, size);
    if (n <= 0) exit(1);
    data += n;
    size -= n;
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int sock = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(sock, (struct sockaddr *)&to, sizeof to)) return 1;
  char head[512];
  int asked = snprintf(head, sizeof head,
      "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n", argv[2]);
  if (send(sock, head, asked, 0) != asked) return 1;
  size_t have = 0, shaken = 0;
  for (;;) {
    ssize_t n = recv(sock, in + have, CHUNK, 0);
    if (n <= 0) return 1;
    have += n;
    size_t at = 0, filled = 0;
    if (!shaken) {
      unsigned char *end = memmem(in, have, "\r\n\r\n", 4);
      if (!end) continue;
      at = end + 4 - in;
      shaken = 1;
    }
    while (have - at >= 4) {
      if (in[at] == 0x88) { put(out, filled); return 0; }
      size_t start = at + 2, size = in[at + 1];
      if (size == 126) { size = in[at + 2] << 8 | in[at + 3]; start = at + 4; }
      else if (size == 127) {
        if (have - at < 10) break;
        size = 0;
        for (int i = 2; i < 10; i++) size = size << 8 | in[at + i];
        start = at + 10;
      }
      if (have - start < size) break;
      unsigned char *payload = memmem(in + start, size, ",{\"uuid\":", 9) + 1;
      size_t length = in + start + size - 1 - payload;
      memcpy(out + filled, payload, length);
      out[filled + length] = '\n';
      filled += length + 1;
      at = start + size;
    }
    put(out, filled);
    memmove(in, in + at, have - at);
    have -= at;
  }
}
