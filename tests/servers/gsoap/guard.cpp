// gSOAP's own WS-Security plug-in checks what comes and protects what goes. Arguments: what it wants of all requests
// (password or signature), its key and certificate (PEM), the certificate that it trusts.
#include "guard.nsmap"
#include "soapH.h"
#include "wsseapi.h"
#include <cstdio>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

static EVP_PKEY *own_key = NULL;
static X509 *own_certificate = NULL, *their_certificate = NULL;

static char *kept(struct soap *soap, const std::string &text) { return soap_strdup(soap, text.c_str()); }

static const void *token_of(struct soap *, int *, const char *, const unsigned char *, int, int *length)
{
    // The certificate to verify with where the message brings none.
    *length = 0;
    return their_certificate;
}

static std::string times(struct soap *soap)
{
    return soap_wsse_Timestamp(soap) && soap_wsse_verify_Timestamp(soap) == SOAP_OK ? " timestamp" : "";
}

int g__withPassword(struct soap *soap, char *text, char **seen)
{
    const char *user = soap_wsse_get_Username(soap);
    if (!user)
        return soap->error;
    if (soap_wsse_verify_Password(soap, "open sesame"))
        return soap->error;
    const char *type = soap_wsse_UsernameToken(soap, NULL)->Password->Type;
    std::string how = type && strstr(type, "Digest") ? "digest" : "text";
    *seen = kept(soap, std::string(text) + "|" + user + " " + how + times(soap));
    soap_wsse_delete_Security(soap);
    return SOAP_OK;
}

static int signed_answer(struct soap *soap)
{
    soap_wsse_delete_Security(soap);
    return soap_wsse_add_Timestamp(soap, "Time", 10) || soap_wsse_add_BinarySecurityTokenX509(soap, "Token", own_certificate)
        || soap_wsse_add_KeyInfo_SecurityTokenReferenceX509(soap, "#Token")
        || soap_wsse_sign_body(soap, SOAP_SMD_SIGN_RSA_SHA256, own_key, 0);
}

int g__withSignature(struct soap *soap, char *text, char **seen)
{
    if (soap_wsse_verify_body(soap))
        return soap_wsse_sender_fault(soap, "the body is not signed", NULL);
    *seen = kept(soap, std::string(text) + "|body" + times(soap));
    soap_wsse_verify_done(soap);
    return signed_answer(soap);
}

template <typename T> static T *read(const char *file, T *(*reader)(FILE *, T **, pem_password_cb *, void *))
{
    FILE *open = fopen(file, "r");
    T *found = open ? reader(open, NULL, NULL, NULL) : NULL;
    if (open)
        fclose(open);
    return found;
}

int main(int, char **argv)
{
    own_key = read<EVP_PKEY>(argv[2], PEM_read_PrivateKey);
    own_certificate = read<X509>(argv[3], PEM_read_X509);
    their_certificate = read<X509>(argv[4], PEM_read_X509);
    if (!own_key || !own_certificate || !their_certificate)
        return 1;
    soap_ssl_init();
    struct soap *soap = soap_new1(SOAP_XML_CANONICAL);
    soap_register_plugin_arg(soap, soap_wsse, (void *)token_of);
    soap->cafile = argv[4];
    soap->accept_timeout = 0;
    soap->recv_timeout = soap->send_timeout = 10;
    if (!soap_valid_socket(soap_bind(soap, "127.0.0.1", 0, 100)))
        return 1;
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    getsockname(soap->master, (struct sockaddr *)&address, &size);
    printf("listening on %d\n", ntohs(address.sin_port));
    fflush(stdout);
    while (soap_valid_socket(soap_accept(soap))) {
        if (!strcmp(argv[1], "signature"))
            soap_wsse_verify_auto(soap, SOAP_SMD_NONE, NULL, 0);
        soap_serve(soap);
        soap_wsse_verify_done(soap);
        soap_destroy(soap);
        soap_end(soap);
    }
    return 0;
}
