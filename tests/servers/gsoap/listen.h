// Serves one call per connection on a port that the machine chooses, and says which. For both services.
#include <cstdio>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

static char *kept(struct soap *soap, const std::string &text) { return soap_strdup(soap, text.c_str()); }
static std::string quoted(const char *text) { return text ? '"' + std::string(text) + '"' : "null"; }

static int listen_for_ever()
{
    struct soap *soap = soap_new1(SOAP_C_UTFSTRING);
    soap->recv_timeout = soap->send_timeout = 10;
    SOAP_SOCKET socket = soap_bind(soap, "127.0.0.1", 0, 100);
    struct sockaddr_in bound;
    socklen_t length = sizeof bound;
    if (!soap_valid_socket(socket) || getsockname(socket, (struct sockaddr *)&bound, &length)) {
        soap_print_fault(soap, stderr);
        return 1;
    }
    printf("listening on %d\n", ntohs(bound.sin_port));
    fflush(stdout);
    while (soap_valid_socket(soap_accept(soap))) {
        if (soap_serve(soap))
            soap_print_fault(soap, stdout);
        fflush(stdout);
        soap_destroy(soap);
        soap_end(soap);
    }
    return 0;
}
