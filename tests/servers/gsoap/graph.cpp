// Echoes what graph.h declares, tells what it read in words of its own, and answers with graphs.
#include "graph.nsmap"
#include "soapH.h"
#include "listen.h"
#include <map>
#include <sstream>

static g__Node *node(struct soap *soap, const char *label, g__Node *left = NULL, g__Node *right = NULL)
{
    g__Node *result = soap_new_g__Node(soap);
    result->label = soap_strdup(soap, label);
    result->left = left;
    result->right = right;
    return result;
}

static ArrayOfInt *numbers(struct soap *soap, int size, int offset)
{
    ArrayOfInt *result = soap_new_ArrayOfInt(soap);
    result->__size = size;
    result->__offset = offset;
    result->__ptr = (int *)soap_malloc(soap, size * sizeof(int));
    for (int at = 0; at < size; at++)
        result->__ptr[at] = at + 1;
    return result;
}

// gSOAP gives back an object of the class that xsi:type named.
static void tell(std::ostream &out, g__Shape *shape)
{
    if (!shape) {
        out << "null";
        return;
    }
    if (g__Square *square = dynamic_cast<g__Square *>(shape))
        out << "Square " << square->width << "x" << square->height << (square->tilted ? " tilted" : " straight");
    else if (g__Rectangle *rectangle = dynamic_cast<g__Rectangle *>(shape))
        out << "Rectangle " << rectangle->width << "x" << rectangle->height;
    else if (g__Circle *circle = dynamic_cast<g__Circle *>(shape))
        out << "Circle " << circle->radius;
    else
        out << "Shape";
    out << " " << quoted(shape->name);
    if (shape->colour)
        out << " #" << *shape->colour;
}

// Nodes are numbered in the order they are met; one that was met before is its number alone.
static void tell(std::ostream &out, g__Node *node, std::map<g__Node *, int> &met)
{
    if (!node || met.count(node)) {
        out << (node ? "=" + std::to_string(met[node]) : std::string("-"));
        return;
    }
    int number = met.size() + 1;
    met[node] = number;
    out << number << ":" << quoted(node->label) << "(";
    tell(out, node->left, met);
    out << " ";
    tell(out, node->right, met);
    out << ")";
}

int g__echoRecord(struct soap *, g__Record *record, g__Record *&result) { result = record; return SOAP_OK; }
int g__echoShapes(struct soap *, ArrayOfShape *shapes, ArrayOfShape *&result) { result = shapes; return SOAP_OK; }
int g__echoNumbers(struct soap *, ArrayOfInt *given, ArrayOfInt *&result) { result = given; return SOAP_OK; }
int g__echoWords(struct soap *, ArrayOfString *words, ArrayOfString *&result) { result = words; return SOAP_OK; }
int g__echoRows(struct soap *, ArrayOfRow *rows, ArrayOfRow *&result) { result = rows; return SOAP_OK; }
int g__echoMatrix(struct soap *, Matrix *matrix, Matrix *&result) { result = matrix; return SOAP_OK; }
int g__echoNode(struct soap *, g__Node *node, g__Node *&result) { result = node; return SOAP_OK; }
int g__nothing(struct soap *, g__Node *&result) { result = NULL; return SOAP_OK; }

int g__echoTwo(struct soap *, g__Node *first, g__Node *second, g__echoTwoResponse &result)
{
    result.first = first;
    result.second = second;
    return SOAP_OK;
}

int g__describeRecord(struct soap *soap, g__Record *record, char *&text)
{
    std::ostringstream out;
    out << record->flag << " " << int(record->tiny) << " " << record->huge << " " << record->count << " "
        << record->ratio << " " << record->factor << " " << quoted(record->text) << " " << quoted(record->day) << " "
        << quoted(record->moment) << " " << quoted(record->span) << " " << quoted(record->amount) << " ";
    if (record->content)
        out << record->content->__size << " bytes";
    out << " #" << record->colour << " ";
    if (record->optional)
        out << *record->optional;
    out << " " << (record->words ? std::to_string(record->words->__size) + " words" : "null") << " ";
    tell(out, record->shape);
    text = kept(soap, out.str());
    return SOAP_OK;
}

int g__describeShapes(struct soap *soap, ArrayOfShape *shapes, char *&text)
{
    std::ostringstream out;
    out << (shapes ? shapes->__size : -1);
    for (int at = 0; shapes && at < shapes->__size; at++) {
        out << "; ";
        tell(out, shapes->__ptr[at]);
    }
    text = kept(soap, out.str());
    return SOAP_OK;
}

int g__describeRows(struct soap *soap, ArrayOfRow *rows, char *&text)
{
    std::ostringstream out;
    for (int row = 0; row < rows->__size; row++) {
        out << (rows->__ptr[row] ? "[" : "null ");
        for (int at = 0; rows->__ptr[row] && at < rows->__ptr[row]->__size; at++)
            out << rows->__ptr[row]->__ptr[at] << " ";
        out << (rows->__ptr[row] ? "]" : "");
    }
    text = kept(soap, out.str());
    return SOAP_OK;
}

int g__describeWords(struct soap *soap, ArrayOfString *words, char *&text)
{
    std::ostringstream out;
    for (int at = 0; words && at < words->__size; at++)
        out << (at ? "," : "") << quoted(words->__ptr[at]);
    text = kept(soap, words ? out.str() : "nothing");
    return SOAP_OK;
}

int g__describeNode(struct soap *soap, g__Node *node, char *&text)
{
    std::ostringstream out;
    std::map<g__Node *, int> met;
    tell(out, node, met);
    text = kept(soap, out.str());
    return SOAP_OK;
}

int g__shared(struct soap *soap, char *label, g__Node *&result)
{
    g__Node *leaf = node(soap, label);
    g__Node *both = node(soap, "both", leaf, leaf);
    result = node(soap, "root", both, node(soap, "other", both, leaf));
    return SOAP_OK;
}

int g__cycle(struct soap *soap, char *label, g__Node *&result)
{
    result = node(soap, label, node(soap, "back"));
    result->left->right = result;
    return SOAP_OK;
}

int g__sparse(struct soap *soap, int offset, ArrayOfInt *&result) { result = numbers(soap, 3, offset); return SOAP_OK; }

int g__fail(struct soap *soap, char *label, int &)
{
    g__Lost *lost = soap_new_g__Lost(soap);
    lost->label = label;
    lost->code = 7;
    int status = soap_sender_fault(soap, "It is lost.", NULL);
    soap_faultdetail(soap);
    struct SOAP_ENV__Detail *holder = soap->version == 2 ? soap->fault->SOAP_ENV__Detail : soap->fault->detail;
    holder->g__Lost_ = lost;
    return status;
}

int g__whoAmI(struct soap *soap, char *&result)
{
    g__Who *who = soap->header ? soap->header->g__who : NULL;
    if (!who)
        return soap_sender_fault(soap, "No header.", NULL);
    result = kept(soap, quoted(who->user) + " " + (who->level ? std::to_string(*who->level) : "-"));
    return SOAP_OK;
}

int main() { return listen_for_ever(); }
