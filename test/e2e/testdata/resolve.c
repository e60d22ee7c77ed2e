// resolve NAME: the IPv4 addresses that this C library's getaddrinfo finds, one a line.
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
	struct addrinfo hints, *found, *a;
	char text[INET_ADDRSTRLEN];
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: resolve NAME\n");
		return 2;
	}
	memset(&hints, 0, sizeof hints);
	hints.ai_family = AF_INET;
	hints.ai_socktype = SOCK_STREAM;
	err = getaddrinfo(argv[1], NULL, &hints, &found);
	if (err != 0) {
		fprintf(stderr, "%s: %s\n", argv[1], gai_strerror(err));
		return 1;
	}
	for (a = found; a != NULL; a = a->ai_next) {
		struct sockaddr_in *in = (struct sockaddr_in *)a->ai_addr;
		puts(inet_ntop(AF_INET, &in->sin_addr, text, sizeof text));
	}
	return 0;
}
