#include "EmbeddedModel.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define FILE_BYTES _Alignas(64) static const unsigned char

FILE_BYTES config[] = {
#embed "gpt2-micro/config.json"
};
FILE_BYTES weights[] = {
#embed "gpt2-micro/model.safetensors"
};
FILE_BYTES vocabulary[] = {
#embed "gpt2-micro/vocab.json"
};
FILE_BYTES merges[] = {
#embed "gpt2-micro/merges.txt"
};

embedded_file embedded_config(void) { return (embedded_file){config, sizeof config}; }
embedded_file embedded_weights(void) { return (embedded_file){weights, sizeof weights}; }
embedded_file embedded_vocabulary(void) { return (embedded_file){vocabulary, sizeof vocabulary}; }
embedded_file embedded_merges(void) { return (embedded_file){merges, sizeof merges}; }
